package io.fluxkeeper.server.loop;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The replica beside other work on a thread that belongs to somebody else, an event loop. On few cores it saves a
 * switch of threads on every way in and out; in return a long turn of the replica keeps that loop's connections waiting.
 */
public final class SharedThread implements ReplicaExecutor {
    private final ScheduledExecutorService thread;
    /** Written by the threads that start and stop the peer; null while there are no ticks. */
    private volatile @Nullable Ticks ticks;

    /** @param thread runs one task at a time, in order, and outlives the replica */
    public SharedThread(ScheduledExecutorService thread) {
        this.thread = thread;
    }

    @Override
    public void start() {
        // it runs already
    }

    @Override
    public void execute(Runnable turn) {
        thread.execute(turn);
    }

    @Override
    public void startTicks(Duration tickTime, Runnable tick) {
        Ticks started = new Ticks(tickTime.toNanos(), tick, System::nanoTime);
        ticks = started;
        thread.execute(() -> tickAndWait(started));
    }

    private void tickAndWait(Ticks started) {
        if (ticks == started) {
            var unused = thread.schedule(() -> tickAndWait(started), started.tickWhenDue(), TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public void stopTicks() {
        ticks = null;
    }

    @Override
    public CompletableFuture<Void> stop() {
        return CompletableFuture.runAsync(() -> {}, thread);
    }
}
