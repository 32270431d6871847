package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.store.StateChange;
import io.fluxkeeper.core.store.StateDelta;
import io.fluxkeeper.core.store.StateStore;
import io.fluxkeeper.core.store.StateStores;
import io.fluxkeeper.core.store.StateTable;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Folds delivered changes into the state store behind the replica's back, commits them now and then, and runs whatever
 * else needs the store. Any failure of the store ends this thread, and with it the peer.
 */
public final class StoreThread implements StoreTasks, PlainThread.Work {
    private final StateStores files;
    private final Mailbox mailbox;
    private final Settings settings;
    private final Timer commits;
    private final PlainThread thread;

    /** By its interval alone, a commit comes no sooner than after this many times what the last one took. */
    private static final int COMMIT_SHARE = 50;
    /** Yet at most this many times the interval set. */
    private static final int INTERVAL_STRETCH_MAX = 10;

    /** Deltas and tasks, in the order they came. */
    private final ConcurrentLinkedQueue<Work> queue = new ConcurrentLinkedQueue<>();
    /** Changes waiting to be folded; counted up by the replica's thread and down by this one. */
    private final AtomicInteger waitingChanges = new AtomicInteger();
    /** Bytes of their values; counted likewise. */
    private final AtomicLong waitingBytes = new AtomicLong();
    /** Whether the replica has been told to hold back. Set by the replica's thread, cleared by this one. */
    private volatile boolean behind;
    /** Whether what waits when it stops is to be thrown away, as by a crash. Written by whoever kills the peer. */
    private volatile boolean killed;

    private StateStore store;
    private boolean failed;
    private boolean uncommitted;
    private long commitAtNanos;
    private long lastCommitNanos;

    public StoreThread(
            StateStore store,
            StateStores files,
            Mailbox mailbox,
            Settings settings,
            PeerMeters meters,
            PeerFailure failure) {
        this.store = store;
        this.files = files;
        this.mailbox = mailbox;
        this.settings = settings;
        this.uncommitted = store.uncommittedBytes() > 0; // recovery has executed what the journal knew committed
        this.commitAtNanos = System.nanoTime();
        this.commits = meters.timer("fluxkeeper.store.commit", "Commit of the folded changes, with its fsync");
        meters.gauge("fluxkeeper.store.waiting", "Changes waiting to be folded into the store", waitingChanges::get);
        meters.gauge("fluxkeeper.store.waiting.bytes", "Bytes of the values in those changes", waitingBytes::get);
        thread = new PlainThread("fluxkeeper-store", this, failure);
    }

    public void start() {
        thread.start();
    }

    /** Called on the replica's thread; never blocks. At either bound it tells the replica to hold back. */
    public void fold(StateDelta delta) {
        Fold fold = Fold.of(delta);
        int changes = waitingChanges.addAndGet(fold.changes());
        long bytes = waitingBytes.addAndGet(fold.bytes());
        queue.add(fold);
        if ((changes >= settings.changesMax() || bytes >= settings.bytesMax()) && !behind) {
            // Said before the flag is set, as it is unsaid before the flag is cleared: the replica hears both in order.
            mailbox.internal(new ReplicaInput.StoreBehind(true));
            behind = true;
        }
        thread.wake();
    }

    @Override
    public void execute(StoreTask task) {
        queue.add(new Task(task));
        thread.wake();
    }

    @Override
    public void install(String fileName) {
        execute((inUse, ignored) -> replaceBy(fileName));
    }

    /** Reads rows of the change log for the replica, as it asked. */
    public void readChanges(ReplicaEffect.ReadChanges asked) {
        execute((inUse, ignored) -> mailbox.internal(
                ReplicaInput.ChangesRead.of(inUse.read(StateTable.CHANGES, asked.fromKey(), asked.bytesMax()))));
    }

    /** What the old store had not committed is void: the new state contains it. */
    private void replaceBy(String fileName) throws IOException {
        StateStore old = store;
        store = files.open(fileName);
        uncommitted = false;
        old.close();
        files.delete(old.fileName());
    }

    /** Folds what waits, commits and closes the store. */
    public CompletableFuture<Void> stop() {
        thread.stop();
        return thread.ended();
    }

    /** Closes the store; what waits is lost, as it would be in a crash. */
    public CompletableFuture<Void> kill() {
        killed = true;
        return stop();
    }

    @Override
    public long turn() throws IOException {
        try {
            while (!killed) {
                Work work = queue.poll();
                if (work == null) {
                    break;
                }
                perform(work);
                commitIfDue();
            }
            goOnIfDrained();
            return killed ? PlainThread.UNTIL_WOKEN : restNanos();
        } catch (IOException | RuntimeException | Error broken) {
            failed = true; // after this the store must not be written again
            throw broken;
        }
    }

    private void perform(Work work) throws IOException {
        if (work instanceof Fold fold) {
            fold(fold);
        } else if (work instanceof Task task) {
            task.task().run(store, files);
        }
    }

    private void fold(Fold fold) throws IOException {
        store.fold(fold.delta());
        if (!uncommitted) {
            uncommitted = true;
            commitAtNanos = System.nanoTime() + intervalNanos();
        }
        waitingChanges.addAndGet(-fold.changes());
        waitingBytes.addAndGet(-fold.bytes());
        goOnIfDrained();
    }

    /**
     * Also when the queue is empty: it may have been drained between the replica's counting and its setting the flag,
     * and a replica that holds back folds nothing more that would get here.
     */
    private void goOnIfDrained() {
        if (behind
                && waitingChanges.get() <= settings.changesMax() / 2
                && waitingBytes.get() <= settings.bytesMax() / 2) {
            mailbox.internal(new ReplicaInput.StoreBehind(false));
            behind = false;
        }
    }

    /**
     * A commit of many scattered znodes rewrites most pages, whatever came between two of them: where it takes long it
     * is made less often, so that it takes a fiftieth of this thread's time, as far as the stretch and the bytes allow.
     */
    private long intervalNanos() {
        long least = settings.commitInterval().toNanos();
        return Math.min(Math.max(least, COMMIT_SHARE * lastCommitNanos), INTERVAL_STRETCH_MAX * least);
    }

    private void commitIfDue() throws IOException {
        boolean due = store.uncommittedBytes() >= settings.commitBytes() || System.nanoTime() - commitAtNanos >= 0;
        if (uncommitted && due) {
            commit();
        }
    }

    private void commit() throws IOException {
        long start = System.nanoTime();
        store.commit();
        lastCommitNanos = System.nanoTime() - start;
        commits.record(Duration.ofNanos(lastCommitNanos));
        uncommitted = false;
        mailbox.internal(
                new ReplicaInput.Consensus(new Input.StateCommitted(store.meta().applied())));
    }

    private long restNanos() throws IOException {
        commitIfDue();
        return uncommitted ? Math.max(1, commitAtNanos - System.nanoTime()) : PlainThread.UNTIL_WOKEN;
    }

    @Override
    public void end() throws IOException {
        if (uncommitted && !failed && !killed) {
            commit();
        }
        store.close();
    }

    private sealed interface Work {}

    private record Fold(StateDelta delta, int changes, long bytes) implements Work {
        static Fold of(StateDelta delta) {
            long bytes = 0;
            for (StateChange change : delta.changes()) {
                bytes += change.bytes();
            }
            int changes = Math.max(1, delta.changes().size()); // one without any still takes a place in the queue
            return new Fold(delta, changes, bytes);
        }
    }

    private record Task(StoreTask task) implements Work {}

    /**
     * @param commitBytes folded bytes after which a commit is made
     * @param commitInterval time after the first folded change after which a commit is made; up to ten times as long
     *     where commits take long
     * @param changesMax changes that may wait to be folded; there the replica is told to hold back
     * @param bytesMax bytes of their values, likewise; the default is a share of the heap
     */
    public record Settings(long commitBytes, Duration commitInterval, int changesMax, long bytesMax) {
        private static final int HEAP_SHARE = 32;

        public static final Settings DEFAULT = new Settings(
                8L << 20,
                Duration.ofSeconds(1),
                200_000,
                Math.max(8 << 20, Runtime.getRuntime().maxMemory() / HEAP_SHARE));
    }
}
