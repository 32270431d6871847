package io.fluxkeeper.server.loop;

import java.util.function.LongSupplier;

/** When the next tick is due. After a pause it goes on from now: what was missed is missed. Used by one thread. */
final class Ticks {
    private final long tickNanos;
    private final Runnable tick;
    private final LongSupplier nanoTime;
    /** By {@code nanoTime}. */
    private long dueNanos;

    /** @param nanoTime as System.nanoTime */
    Ticks(long tickNanos, Runnable tick, LongSupplier nanoTime) {
        this.tickNanos = tickNanos;
        this.tick = tick;
        this.nanoTime = nanoTime;
        dueNanos = nanoTime.getAsLong() + tickNanos;
    }

    /** @return nanoseconds until the next one, 1 at least */
    long tickWhenDue() {
        long now = nanoTime.getAsLong();
        if (now - dueNanos >= 0) {
            tick.run();
            dueNanos = Math.max(dueNanos + tickNanos, now + tickNanos / 2);
        }
        return Math.max(1, dueNanos - now);
    }
}
