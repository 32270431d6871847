package io.fluxkeeper.server.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DiskRoom;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.journal.JournalBatch;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JournalThreadTest {
    private static final Zxid COMMITTED = Zxid.of(1, 7);

    private final FakeJournal journal = new FakeJournal();
    private final RecordingMailbox mailbox = new RecordingMailbox();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private JournalThread thread;

    @BeforeEach
    void start() {
        thread = new JournalThread(
                journal,
                mailbox,
                COMMITTED,
                0,
                new JournalThread.Settings(Duration.ofMillis(5), Duration.ofMillis(5), 1_000),
                new PeerMeters(registry, 1),
                (part, cause) -> failures.add(part + ": " + cause.getMessage()));
        thread.start();
        await().until(() -> journal.calls.contains("idle 1:7"));
        journal.calls.clear();
    }

    @AfterEach
    void stop() {
        journal.appendsAllowed.release(1_000);
        await().until(thread.stop()::isDone);
    }

    @Test
    void makesAllBatchesThatGatheredDurableWithOneFsyncAndSaysSoOnce() {
        journal.appendsAllowed.drainPermits();
        append(1);
        await().until(() -> journal.calls.contains("append 1"));
        for (int number = 2; number <= 20; number++) {
            append(number);
        }
        assertThat(mailbox.inputs()).isEmpty();
        journal.appendsAllowed.release(2);

        await().until(() -> mailbox.inputs().size() == 2);

        assertThat(mailbox.inputs()).containsExactly(persisted(1), persisted(20));
        assertThat(journal.calls.get(1)).isEqualTo("append 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20");
        await().untilAsserted(() -> assertThat(
                        registry.get("fluxkeeper.journal.append").timer().count())
                .isEqualTo(2));
        assertThat(registry.get("fluxkeeper.journal.waiting").gauge().value()).isZero();
    }

    @Test
    void writesTheCommittedPositionDownOnceItHasBeenIdleForAWhile() {
        thread.committed(Zxid.of(1, 9));
        append(1);

        await().until(() -> journal.calls.contains("idle 1:9"));

        assertThat(journal.calls).containsSubsequence("append 1", "idle 1:9");
    }

    @Test
    void knowsTheEnsembleOnceThatIsDurable() {
        journal.appendsAllowed.drainPermits();
        DurableRecord mark = new DurableRecord.MembershipMark(Membership.FOUNDED, 42);
        thread.append(new JournalBatch(1, Zxid.ZERO, List.of(mark)));
        await().until(() -> journal.calls.contains("append 1"));
        assertThat(thread.ensembleId()).isZero();

        journal.appendsAllowed.release();

        await().until(() -> thread.ensembleId() == 42);
    }

    @Test
    void trimsWhatIsNotNeeded() {
        thread.trim(Zxid.of(1, 3));

        await().until(() -> journal.calls.contains("trim 1:3"));
    }

    @Test
    void saysOnceThatTheDiskIsLowAndOnceThatItIsWellAgainAQuarterAboveTheFloor() {
        journal.freeBytes = 999;
        await().until(() -> !mailbox.inputs().isEmpty());
        journal.freeBytes = 1_100; // above the floor, yet not well
        awaitThatItHasLooked(1_100);
        assertThat(mailbox.inputs()).containsExactly(new ReplicaInput.DiskSpace(DiskRoom.LOW));

        journal.freeBytes = 1_250;
        await().until(() -> mailbox.inputs().size() == 2);
        assertThat(mailbox.inputs().get(1)).isEqualTo(new ReplicaInput.DiskSpace(DiskRoom.PLENTY));

        journal.freeBytes = 1_001;
        awaitThatItHasLooked(1_001);
        assertThat(mailbox.inputs()).hasSize(2);
    }

    @Test
    void saysThatThereIsNoRoomBelowHalfTheFloorAndOnlyLowAgainAQuarterAboveThat() {
        journal.freeBytes = 499;
        await().until(() -> !mailbox.inputs().isEmpty());
        journal.freeBytes = 610;
        awaitThatItHasLooked(610);
        assertThat(mailbox.inputs()).containsExactly(new ReplicaInput.DiskSpace(DiskRoom.NONE));

        journal.freeBytes = 625;
        await().until(() -> mailbox.inputs().size() == 2);
        journal.freeBytes = 500;
        awaitThatItHasLooked(500);
        journal.freeBytes = 1_250;
        await().until(() -> mailbox.inputs().size() == 3);

        assertThat(mailbox.inputs().subList(1, 3))
                .containsExactly(new ReplicaInput.DiskSpace(DiskRoom.LOW), new ReplicaInput.DiskSpace(DiskRoom.PLENTY));
    }

    @Test
    void notesThatTheStateIsDistrustedAndEnds() {
        thread.distrustState(Zxid.of(1, 128));
        await().until(() -> !failures.isEmpty());
        append(1);
        await().until(thread.stop()::isDone);

        assertThat(journal.calls).contains("distrust").noneMatch(call -> call.startsWith("append"));
        assertThat(failures)
                .containsExactly(
                        "fluxkeeper-journal: its state at 1:128 is not the one that a quorum has; start it again,"
                                + " and it takes the state from the others. Please report this");
    }

    @Test
    void endsAtTheFirstFailureAndNeverWritesAgain() {
        journal.fails = true;
        append(1);
        await().until(() -> !failures.isEmpty());
        append(2);
        await().until(thread.stop()::isDone);

        assertThat(failures).containsExactly("fluxkeeper-journal: No space left on device");
        assertThat(journal.calls).containsExactly("append 1", "close");
        assertThat(mailbox.inputs()).isEmpty();
    }

    @Test
    void appendsWhatWaitsBeforeItStops() {
        journal.appendsAllowed.drainPermits();
        append(1);
        await().until(() -> journal.calls.contains("append 1"));
        append(2);
        thread.stop();
        journal.appendsAllowed.release(2);

        await().until(thread.stop()::isDone);

        assertThat(journal.calls).startsWith("append 1", "append 2", "idle 1:7").endsWith("close");
    }

    @Test
    void losesWhatWaitsWhenItIsKilled() {
        journal.appendsAllowed.drainPermits();
        append(1);
        await().until(() -> journal.calls.contains("append 1"));
        append(2);
        thread.kill();
        journal.appendsAllowed.release(2);

        await().until(thread.stop()::isDone);

        assertThat(journal.calls).containsExactly("append 1", "close");
    }

    private void append(long number) {
        thread.append(new JournalBatch(number, Zxid.ZERO, List.of()));
    }

    private void awaitThatItHasLooked(long freeBytes) {
        await().until(() -> registry.get("fluxkeeper.disk.free.bytes").gauge().value() == freeBytes);
    }

    private static ReplicaInput persisted(long batch) {
        return new ReplicaInput.Consensus(new Input.Persisted(batch));
    }
}
