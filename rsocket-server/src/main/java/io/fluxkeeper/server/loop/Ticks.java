package io.fluxkeeper.server.loop;

/** When the next tick is due. After a pause it goes on from now: what was missed is missed. Used by one thread. */
final class Ticks {
    private final long tickNanos;
    private final Runnable tick;
    /** By System.nanoTime. */
    private long dueNanos;

    Ticks(long tickNanos, Runnable tick) {
        this.tickNanos = tickNanos;
        this.tick = tick;
        dueNanos = System.nanoTime() + tickNanos;
    }

    /** @return nanoseconds until the next one, 1 at least */
    long tickWhenDue() {
        long now = System.nanoTime();
        if (now - dueNanos >= 0) {
            tick.run();
            dueNanos = Math.max(dueNanos + tickNanos, now + tickNanos / 2);
        }
        return Math.max(1, dueNanos - now);
    }
}
