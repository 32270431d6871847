package io.fluxkeeper.server.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.store.StateChange;
import io.fluxkeeper.core.store.StateDelta;
import io.fluxkeeper.core.store.StateTable;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StoreThreadTest {
    private static final Duration NEVER = Duration.ofHours(1);

    private final FakeStore store = new FakeStore();
    private final RecordingMailbox mailbox = new RecordingMailbox();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private StoreThread thread;

    @AfterEach
    void stop() {
        store.foldsAllowed.release(1_000);
        await().until(thread.stop()::isDone);
    }

    @Test
    void commitsWhenEnoughBytesAreFoldedAndSaysUpToWhere() {
        start(new StoreThread.Settings(1_000, NEVER, 100, 1L << 40));
        thread.fold(delta(1, 4));
        thread.fold(delta(2, 4));
        thread.fold(delta(3, 4));
        thread.fold(delta(4, 4));

        await().until(() -> store.calls.contains("fold 1:4"));

        assertThat(store.calls).containsExactly("fold 1:1", "fold 1:2", "fold 1:3", "commit 1:3", "fold 1:4");
        assertThat(mailbox.inputs()).containsExactly(committed(3));
        assertThat(registry.get("fluxkeeper.store.commit").timer().count()).isEqualTo(1);
    }

    @Test
    void commitsWhatIsFoldedAfterAWhileAndOnlyOnce() {
        start(new StoreThread.Settings(1_000, Duration.ofMillis(20), 100, 1L << 40));
        thread.fold(delta(1, 1));
        thread.fold(delta(2, 1));

        await().until(() -> !mailbox.inputs().isEmpty());
        await().during(Duration.ofMillis(60)).until(() -> mailbox.inputs().size() == 1);

        assertThat(store.calls).containsExactly("fold 1:1", "fold 1:2", "commit 1:2");
    }

    @Test
    void tellsTheReplicaToHoldBackAtTheBoundAndToGoOnBelowHalfOfIt() {
        start(new StoreThread.Settings(1L << 40, NEVER, 10, 1L << 40));
        store.foldsAllowed.drainPermits();
        thread.fold(delta(1, 5));
        assertThat(mailbox.inputs()).isEmpty();
        thread.fold(delta(2, 5));
        thread.fold(delta(3, 5));
        assertThat(mailbox.inputs()).containsExactly(new ReplicaInput.StoreBehind(true));

        store.foldsAllowed.release(1);
        await().until(() -> store.calls.contains("fold 1:1"));
        assertThat(mailbox.inputs()).hasSize(1);
        store.foldsAllowed.release(1);

        await().until(() -> mailbox.inputs().size() == 2);
        assertThat(mailbox.inputs().get(1)).isEqualTo(new ReplicaInput.StoreBehind(false));
    }

    /** A few large values fill the heap long before there are too many changes. */
    @Test
    void tellsTheReplicaToHoldBackAtTheBoundOfBytesAndToGoOnBelowHalfOfBoth() {
        start(new StoreThread.Settings(1L << 40, NEVER, 4, 1_000));
        store.foldsAllowed.drainPermits();
        thread.fold(large(1, 999));
        assertThat(mailbox.inputs()).isEmpty();
        thread.fold(large(2, 501));
        assertThat(mailbox.inputs()).containsExactly(new ReplicaInput.StoreBehind(true));

        store.foldsAllowed.release(1);
        await().until(() -> store.calls.contains("fold 1:1"));
        await().during(Duration.ofMillis(50)).until(() -> mailbox.inputs().size() == 1);
        store.foldsAllowed.release(1);

        await().until(() -> mailbox.inputs().size() == 2);
        assertThat(mailbox.inputs().get(1)).isEqualTo(new ReplicaInput.StoreBehind(false));
        assertThat(registry.get("fluxkeeper.store.waiting.bytes").gauge().value())
                .isZero();
    }

    @Test
    void tellsTheReplicaToGoOnThoughItHadNothingLeftWhenTheReplicaBeganToHoldBack() {
        mailbox.whenInternal = input -> {
            thread.execute((inUse, files) -> {}); // the store's thread is awake, as under load
            await().until(() -> store.calls.contains("fold 1:1"));
        };
        start(new StoreThread.Settings(1L << 40, NEVER, 10, 1L << 40));

        thread.fold(delta(1, 10));

        mailbox.whenInternal = input -> {};
        await().until(() -> mailbox.inputs().size() == 2);
        assertThat(mailbox.inputs())
                .containsExactly(new ReplicaInput.StoreBehind(true), new ReplicaInput.StoreBehind(false));
    }

    @Test
    void runsATaskAfterWhatWasFoldedBeforeIt() {
        start(new StoreThread.Settings(1L << 40, NEVER, 10, 1L << 40));
        thread.fold(delta(1, 1));
        thread.execute((inUse, files) -> store.calls.add("task on " + inUse.fileName()));
        thread.fold(delta(2, 1));

        await().until(() -> store.calls.size() == 3);

        assertThat(store.calls).containsExactly("fold 1:1", "task on state-0", "fold 1:2");
    }

    @Test
    void putsAnInstalledStateInThePlaceOfTheOneInUseAndDeletesThat() {
        start(new StoreThread.Settings(1L << 40, NEVER, 10, 1L << 40));
        thread.fold(delta(1, 1));
        thread.install("state-9");
        thread.fold(delta(10, 1));
        thread.execute((inUse, files) -> store.calls.add("task on " + inUse.fileName()));

        await().until(() -> store.calls.contains("task on state-9"));

        assertThat(store.calls)
                .containsExactly(
                        "fold 1:1", "open state-9", "close state-0", "delete state-0", "fold 1:10", "task on state-9");
    }

    @Test
    void endsAtTheFirstFailureAndNeverCommitsAgain() {
        start(new StoreThread.Settings(1L << 40, NEVER, 10, 1L << 40));
        thread.fold(delta(1, 1));
        await().until(() -> store.calls.contains("fold 1:1"));
        store.fails = true;
        thread.fold(delta(2, 1));
        await().until(() -> !failures.isEmpty());
        await().until(thread.stop()::isDone);

        assertThat(failures).containsExactly("fluxkeeper-store: the disk is gone");
        assertThat(store.calls).containsExactly("fold 1:1", "close state-0");
    }

    @Test
    void endsWhenATaskMeetsAFailedStore() {
        start(new StoreThread.Settings(1L << 40, NEVER, 10, 1L << 40));
        thread.execute((inUse, files) -> {
            throw new IOException("cannot pin");
        });

        await().until(() -> !failures.isEmpty());
        assertThat(failures).containsExactly("fluxkeeper-store: cannot pin");
    }

    @Test
    void foldsAndCommitsWhatWaitsBeforeItStops() {
        start(new StoreThread.Settings(1L << 40, NEVER, 10, 1L << 40));
        thread.fold(delta(1, 1));
        thread.fold(delta(2, 1));

        await().until(thread.stop()::isDone);

        assertThat(store.calls).containsExactly("fold 1:1", "fold 1:2", "commit 1:2", "close state-0");
    }

    @Test
    void readsChangesForTheReplicaBehindWhatItWasToldBefore() {
        start(new StoreThread.Settings(1L << 40, NEVER, 10, 1L << 40));
        thread.fold(delta(1, 1));
        thread.readChanges(new ReplicaEffect.ReadChanges("0007", 100));

        await().until(() -> mailbox.inputs().stream().anyMatch(ReplicaInput.ChangesRead.class::isInstance));

        assertThat(store.calls).containsExactly("fold 1:1", "read CHANGES 0007");
        await().until(thread.kill()::isDone);
    }

    @Test
    void commitsNothingWhenItIsKilled() {
        start(new StoreThread.Settings(1L << 40, NEVER, 10, 1L << 40));
        thread.fold(delta(1, 1));
        await().until(() -> store.calls.contains("fold 1:1"));

        await().until(thread.kill()::isDone);

        assertThat(store.calls).containsExactly("fold 1:1", "close state-0");
    }

    private void start(StoreThread.Settings settings) {
        thread = new StoreThread(
                store,
                store,
                mailbox,
                settings,
                new PeerMeters(registry, 1),
                (part, cause) -> failures.add(part + ": " + cause.getMessage()));
        thread.start();
    }

    private static StateDelta delta(long counter, int changes) {
        StateChange change = new StateChange(StateTable.ZNODES, "/a", null, 0, false);
        return new StateDelta(Zxid.of(1, counter), 0, 0, Collections.nCopies(changes, change));
    }

    private static StateDelta large(long counter, int bytes) {
        StateChange change = new StateChange(StateTable.ZNODES, "/a", out -> {}, bytes, false);
        return new StateDelta(Zxid.of(1, counter), 0, 0, List.of(change));
    }

    private static ReplicaInput committed(long counter) {
        return new ReplicaInput.Consensus(new Input.StateCommitted(Zxid.of(1, counter)));
    }
}
