package io.fluxkeeper.client.connection;

import java.time.Duration;
import java.util.Random;

/**
 * How long to wait before the next attempt: doubles from the shortest to the longest, each shortened by up to a half
 * at random, so that many clients of one failed peer do not come back in step. Touched by the client's loop only.
 */
public final class Backoff {
    private final long shortestNanos;
    private final long longestNanos;
    private final Random random;
    private long nextNanos;

    public Backoff(Duration shortest, Duration longest, Random random) {
        this.shortestNanos = shortest.toNanos();
        this.longestNanos = longest.toNanos();
        this.random = random;
        this.nextNanos = shortestNanos;
    }

    /** What to wait now; the next wait is longer. */
    public Duration next() {
        long whole = nextNanos;
        nextNanos = Math.min(longestNanos, whole * 2);
        return Duration.ofNanos(whole - (long) (random.nextDouble() * (whole / 2)));
    }

    /** Something went well: the next wait is the shortest again. */
    public void reset() {
        nextNanos = shortestNanos;
    }
}
