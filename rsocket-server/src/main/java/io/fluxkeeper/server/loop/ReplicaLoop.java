package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.core.replica.ReplicaInput;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

/**
 * Runs a replica: drains the mailbox, gives the replica its end-of-drain step, performs the effects in their order,
 * and goes again while there is work (architecture, decision 4). Never blocks.
 *
 * <p>It lives on an {@link Executor} that runs one task at a time, each seeing what the one before it did: a
 * {@link ReplicaThread}, or an event loop ({@link SharedThread}). It has at most one task there at any time.
 */
public final class ReplicaLoop {
    private final ReplicaSteps replica;
    private final ReplicaMailbox mailbox;
    private final Executor executor;
    private final LongSupplier clockMillis;
    private final IntConsumer drainSizes;
    private final PeerFailure failure;
    private final List<ReplicaEffect> effects = new ArrayList<>();

    /** Whether a turn is due or running: whoever sets it hands the turn to the executor. Set until the loop starts. */
    private final AtomicBoolean scheduled = new AtomicBoolean(true);
    /** Written once, before the first turn is handed to the executor. */
    private Consumer<List<ReplicaEffect>> effectExecutor = List::clear;
    /** Set by whoever stops the peer, or by a turn that failed; no turn begins afterwards. */
    private volatile boolean stopped;
    /** Milliseconds of the drain under way. Used by the replica's thread alone. */
    private long nowMillis;

    /**
     * @param executor runs one task at a time, in order
     * @param clockMillis wall clock; read once a drain
     * @param drainSizes told how many inputs each drain had that had some, for metrics
     */
    public ReplicaLoop(
            ReplicaSteps replica,
            MailboxBounds bounds,
            Executor executor,
            LongSupplier clockMillis,
            IntConsumer drainSizes,
            PeerFailure failure) {
        this.replica = replica;
        this.mailbox = new ReplicaMailbox(bounds, this::wakeUp);
        this.executor = executor;
        this.clockMillis = clockMillis;
        this.drainSizes = drainSizes;
        this.failure = failure;
    }

    public ReplicaMailbox mailbox() {
        return mailbox;
    }

    /**
     * Handles what has gathered in the mailbox, and goes on from there. Called once.
     *
     * @param effectExecutor performs the effects of a drain, in order, and must not keep the list
     */
    public void start(Consumer<List<ReplicaEffect>> effectExecutor) {
        this.effectExecutor = effectExecutor;
        executor.execute(this::turn);
    }

    /** No turn begins after this; one that is running ends. What waits in the mailbox stays there. */
    public void stop() {
        stopped = true;
    }

    private void wakeUp() {
        if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
            executor.execute(this::turn);
        }
    }

    private void turn() {
        if (stopped) {
            return;
        }
        boolean moreToDo;
        try {
            moreToDo = drainOnce();
        } catch (Throwable broken) { // a replica in an unknown state must not go on
            stopped = true;
            failure.failed("fluxkeeper-replica", broken);
            return;
        }
        if (moreToDo || !mailbox.isEmpty()) {
            executor.execute(this::turn);
            return;
        }
        scheduled.set(false);
        if (!mailbox.isEmpty()) { // put in after we looked, by someone who saw us scheduled
            wakeUp();
        }
    }

    private boolean drainOnce() {
        nowMillis = clockMillis.getAsLong();
        int inputs = mailbox.drain(this::handle);
        replica.endOfDrain(effects);
        effectExecutor.accept(effects);
        effects.clear();
        mailbox.releaseFrames();
        if (inputs > 0) {
            drainSizes.accept(inputs);
        }
        return replica.hasMoreToDo();
    }

    private void handle(ReplicaInput input) {
        replica.handle(input, nowMillis, effects);
    }
}
