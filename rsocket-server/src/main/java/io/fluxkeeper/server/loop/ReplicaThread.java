package io.fluxkeeper.server.loop;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A thread of the replica's own, as the executor of its one {@link ReplicaLoop}. */
public final class ReplicaThread implements ReplicaExecutor {
    /** The loop's next turn; it never has two waiting. Put by whoever wakes the loop, taken by the thread. */
    private final AtomicReference<@Nullable Runnable> next = new AtomicReference<>();

    private final PlainThread thread;
    /** Written by the threads that start and stop the peer; null while there are no ticks. */
    private volatile @Nullable Ticks ticks;

    public ReplicaThread(PeerFailure failure) {
        thread = new PlainThread("fluxkeeper-replica", this::turn, failure);
    }

    @Override
    public void start() {
        thread.start();
    }

    @Override
    public void execute(Runnable turn) {
        next.set(turn);
        thread.wake();
    }

    @Override
    public void startTicks(Duration tickTime, Runnable tick) {
        ticks = new Ticks(tickTime.toNanos(), tick, System::nanoTime);
        thread.wake();
    }

    @Override
    public void stopTicks() {
        ticks = null;
    }

    @Override
    public CompletableFuture<Void> stop() {
        thread.stop();
        return thread.ended();
    }

    private long turn() {
        Ticks started = ticks;
        long untilTickNanos = started == null ? PlainThread.UNTIL_WOKEN : started.tickWhenDue();
        Runnable turn = next.getAndSet(null);
        if (turn == null) {
            return untilTickNanos;
        }
        turn.run();
        return 0;
    }
}
