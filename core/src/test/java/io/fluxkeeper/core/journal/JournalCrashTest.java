package io.fluxkeeper.core.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Entry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Random histories, cut by crashes: whatever was acknowledged is there afterwards, a batch is there whole or not at
 * all, and a crash is never taken for damage. Replay one seed by calling {@code run} with it.
 */
class JournalCrashTest {
    private static final int SEEDS = 300;

    @Test
    void everythingAcknowledgedSurvivesACrashAndNothingIsHalfThere() throws IOException {
        for (int seed = 0; seed < SEEDS; seed++) {
            new Run(seed).run();
        }
    }

    /** What the journal holds after each batch of one process; any from the last acknowledged on may be found. */
    private static final class Run {
        private final int seed;
        private final SplittableRandom random;
        private final FaultyFiles files = new FaultyFiles();
        private final List<String> possible = new ArrayList<>();
        private long accepted;
        private boolean begun;
        /** Committed, and in the store: no truncation goes below it. */
        private Zxid trimmed = Zxid.ZERO;

        Run(int seed) {
            this.seed = seed;
            this.random = new SplittableRandom(seed);
        }

        void run() throws IOException {
            for (int crash = 0; crash < 4; crash++) {
                TestJournal journal = start();
                work(journal);
                files.crash(random.split());
                check(TestJournal.read(files));
            }
        }

        /** A start may be cut by a crash, too. */
        private TestJournal start() throws IOException {
            while (true) {
                if (random.nextInt(3) == 0) {
                    files.failForce(1 + random.nextInt(6));
                }
                if (random.nextInt(3) == 0) {
                    files.dieBeforeDeletion(1 + random.nextInt(3));
                }
                try {
                    TestJournal journal = begun ? TestJournal.open(files) : TestJournal.founded(files);
                    begun = true;
                    accepted = journal.found.acceptedEpoch();
                    acknowledged(state(journal));
                    return journal;
                } catch (IOException failed) {
                    files.crash(random.split());
                    check(TestJournal.read(files));
                }
            }
        }

        private void work(TestJournal journal) {
            try {
                int steps = random.nextInt(40);
                for (int step = 0; step < steps; step++) {
                    if (random.nextInt(60) == 0) {
                        files.failForce(1 + random.nextInt(3));
                    }
                    step(journal);
                }
            } catch (IOException failed) {
                // The machine is about to lose power anyway.
            }
        }

        private void step(TestJournal journal) throws IOException {
            int dice = random.nextInt(20);
            List<Entry> undecided = journal.history.stream()
                    .filter(entry -> !trimmed.isAfter(entry.zxid()))
                    .toList();
            if (dice == 0 && !undecided.isEmpty()) {
                Entry last = undecided.get(random.nextInt(undecided.size()));
                possible.add(state(accepted, last.zxid(), last.chain()));
                journal.truncateAfter(last.zxid());
            } else if (dice == 1) {
                journal.journal.idle(Zxid.ZERO);
                return;
            } else if (dice == 2 && !undecided.isEmpty()) {
                trimmed = undecided.get(random.nextInt(undecided.size())).zxid();
                if (random.nextBoolean()) {
                    files.dieBeforeDeletion(1 + random.nextInt(4));
                }
                journal.journal.trim(trimmed);
                return;
            } else {
                appendGroup(journal);
            }
            acknowledged(state(journal));
        }

        private void appendGroup(TestJournal journal) throws IOException {
            JournalBatch[] group = new JournalBatch[1 + random.nextInt(4)];
            for (int i = 0; i < group.length; i++) {
                List<DurableRecord> records = new ArrayList<>();
                if (random.nextInt(10) == 0) {
                    records.add(new DurableRecord.Epochs(++accepted, 0));
                }
                for (int entry = random.nextInt(4); entry > 0; entry--) {
                    records.add(new DurableRecord.Append(journal.next("x".repeat(random.nextInt(200)))));
                }
                possible.add(state(journal));
                group[i] = journal.batch(records);
            }
            journal.append(group);
        }

        private String state(TestJournal journal) {
            return state(accepted, journal.last(), journal.chain());
        }

        /** The chain of the last entry stands for all of them. */
        private static String state(long acceptedEpoch, Zxid last, long chain) {
            return "accepted " + acceptedEpoch + ", last " + last + ", chain " + chain;
        }

        private void acknowledged(String state) {
            possible.clear();
            possible.add(state);
        }

        private void check(JournalRecovery found) {
            assertThat(found.note()).as("seed %d", seed).isEmpty();
            if (begun) {
                List<Entry> entries = found.entries();
                long chain = entries.isEmpty()
                        ? found.baseChain()
                        : entries.get(entries.size() - 1).chain();
                assertThat(possible).as("seed %d", seed).contains(state(found.acceptedEpoch(), found.last(), chain));
                assertThat(found.base()).as("seed %d", seed).isLessThanOrEqualTo(trimmed);
            }
        }
    }
}
