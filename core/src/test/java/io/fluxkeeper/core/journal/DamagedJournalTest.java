package io.fluxkeeper.core.journal;

import static io.fluxkeeper.core.journal.TestJournal.texts;
import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Membership;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Files of a journal, damaged while nobody uses them, 200 times in each way ({@code -Ddamage.files=N} for more). What was
 * acknowledged is there, or the peer says that it is not, and has no vote; and nothing is there that was not written.
 */
class DamagedJournalTest {
    private static final int FILES = Integer.getInteger("damage.files", 200);

    private enum Damage {
        BIT {
            @Override
            void strike(FaultyFiles files, String name, int position, SplittableRandom random) {
                files.flipBit(name, position, random.nextInt(8));
            }
        },
        ZEROED_BLOCK {
            @Override
            void strike(FaultyFiles files, String name, int position, SplittableRandom random) {
                files.zero(name, position & ~511, (position & ~511) + 512);
            }
        },
        CUT {
            @Override
            void strike(FaultyFiles files, String name, int position, SplittableRandom random) throws IOException {
                files.cut(name, position);
            }
        };

        abstract void strike(FaultyFiles files, String name, int position, SplittableRandom random) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void nothingAcknowledgedIsMissedInSilenceAndNothingIsMadeUp(Damage damage) throws IOException {
        int detected = 0;
        for (int seed = 0; seed < FILES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            FaultyFiles files = new FaultyFiles();
            List<String> written = write(files, random);
            List<String> names = files.list();
            String name = names.get(random.nextInt(names.size()));
            int position = random.nextInt(files.bytes(name).length);
            byte[] before = files.bytes(name);
            damage.strike(files, name, position, random);
            boolean changed = !Arrays.equals(before, files.bytes(name));
            detected += isDetected(files, written, name + " at " + position + ", seed " + seed) && changed ? 1 : 0;
        }
        // the rest struck the older slot of the sidecar, or bytes that mean nothing
        assertThat(detected).isGreaterThan(FILES / 2);
    }

    /** Batches of all kinds, in a few segments. */
    private static List<String> write(FaultyFiles files, SplittableRandom random) throws IOException {
        try (TestJournal journal = TestJournal.founded(files)) {
            for (int i = 20 + random.nextInt(100); i > 0; i--) {
                journal.appendEntry("x".repeat(random.nextInt(120)));
                if (random.nextInt(20) == 0) {
                    journal.append(List.of(new DurableRecord.Epochs(1_000 - i, 1)));
                }
            }
            return texts(journal.history);
        }
    }

    private static boolean isDetected(FaultyFiles files, List<String> written, String what) throws IOException {
        JournalRecovery found;
        try {
            found = TestJournal.read(files);
        } catch (DataDirectoryException refused) {
            return true;
        }
        List<String> left = texts(found.entries());
        assertThat(written.subList(0, Math.min(left.size(), written.size())))
                .as(what)
                .isEqualTo(left);
        if (found.membership() == Membership.FOUNDED) {
            assertThat(left).as(what).hasSameSizeAs(written);
            assertThat(found.note()).as(what).isEmpty();
            return false;
        }
        assertThat(found.note()).as(what).isNotEmpty();
        return true;
    }
}
