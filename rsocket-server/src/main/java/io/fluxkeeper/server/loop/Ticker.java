package io.fluxkeeper.server.loop;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Puts a tick into the mailbox, one each tick time. After a pause it goes on from now: what was missed is missed. */
public final class Ticker {
    private final long tickNanos;
    private final Runnable tick;
    private final PlainThread thread;
    /** When the next tick is due, by System.nanoTime. Used by the thread alone. */
    private long dueNanos;

    public Ticker(Duration tickTime, Runnable tick, PeerFailure failure) {
        this.tickNanos = tickTime.toNanos();
        this.tick = tick;
        thread = new PlainThread("fluxkeeper-ticker", this::turn, failure);
    }

    public void start() {
        dueNanos = System.nanoTime() + tickNanos;
        thread.start();
    }

    public CompletableFuture<Void> stop() {
        thread.stop();
        return thread.ended();
    }

    private long turn() {
        long now = System.nanoTime();
        if (now - dueNanos >= 0) {
            if (!thread.isStopping()) {
                tick.run();
            }
            dueNanos = Math.max(dueNanos + tickNanos, now + tickNanos / 2);
        }
        return Math.max(1, dueNanos - System.nanoTime());
    }
}
