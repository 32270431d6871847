package io.fluxkeeper.samples.quickstart;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Measures how far apart acknowledgements were. Updates are made one after the other, so the calls come one after the
 * other too, if on different threads; they are synchronized for the memory they share.
 */
final class Pauses {
    private final LongSupplier nanoTime;
    private long last;
    private int count;
    private boolean isKilled;
    private long longestBefore;
    /** Nanoseconds between acknowledgements after the kill: the longest and the next to it. */
    private long longestAfter;

    private long nextToIt;

    Pauses() {
        this(System::nanoTime);
    }

    Pauses(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.last = nanoTime.getAsLong();
    }

    synchronized void acknowledged() {
        long now = nanoTime.getAsLong();
        long pause = now - last;
        last = now;
        count++;
        if (!isKilled) {
            longestBefore = count == 1 ? 0 : Math.max(longestBefore, pause);
        } else if (pause > longestAfter) {
            nextToIt = longestAfter;
            longestAfter = pause;
        } else {
            nextToIt = Math.max(nextToIt, pause);
        }
    }

    /** The leader dies now. */
    synchronized void killed() {
        isKilled = true;
        last = nanoTime.getAsLong();
    }

    synchronized int count() {
        return count;
    }

    /** The longest pause since the kill; the first one is counted from the kill. */
    synchronized Duration afterKill() {
        return Duration.ofNanos(longestAfter);
    }

    /** The longest of all others. */
    synchronized Duration otherwise() {
        return Duration.ofNanos(Math.max(longestBefore, nextToIt));
    }
}
