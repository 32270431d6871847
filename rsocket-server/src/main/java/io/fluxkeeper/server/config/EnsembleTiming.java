package io.fluxkeeper.server.config;

import java.time.Duration;

/**
 * How a peer measures the others' silence. The same at all peers.
 *
 * @param tickTime length of a tick, the unit of the other fields; 10 ms to 10 s
 * @param pingTicks ticks between a leader's pings
 * @param syncTicks ticks without word after which a follower leaves its leader, and a leader without a quorum gives up;
 *     more than twice pingTicks. Longer survives pauses, shorter fails over sooner from a peer that hangs (one whose process
 *     ended is noticed at once)
 * @param initTicks ticks that election, discovery and synchronisation may take before they begin anew; at least
 *     syncTicks
 * @param diskStallTicks ticks without its disk answering after which a leader gives up leadership; more than pingTicks
 */
public record EnsembleTiming(Duration tickTime, int pingTicks, int syncTicks, int initTicks, int diskStallTicks) {
    public static final EnsembleTiming DEFAULT = new EnsembleTiming(Duration.ofMillis(50), 4, 30, 60, 60);

    public EnsembleTiming {
        require(
                tickTime.toMillis() >= 10 && tickTime.toMillis() <= 10_000,
                "timing.tickTime: %s is not allowed; allowed is 10ms to 10s",
                ConfigValues.text(tickTime));
        require(pingTicks >= 1, "timing.pingTicks: %d is not allowed; allowed is 1 or more", pingTicks);
        require(
                syncTicks > 2 * pingTicks,
                "timing.syncTicks (%d) must exceed twice timing.pingTicks (%d)",
                syncTicks,
                pingTicks);
        require(
                initTicks >= syncTicks,
                "timing.initTicks (%d) must not be less than timing.syncTicks (%d)",
                initTicks,
                syncTicks);
        require(initTicks > 4, "timing.initTicks: %d is not allowed; allowed is 5 or more", initTicks);
        require(
                diskStallTicks > pingTicks,
                "timing.diskStallTicks (%d) must exceed timing.pingTicks (%d)",
                diskStallTicks,
                pingTicks);
    }

    /** Ticks that last at least as long; 1 or more. */
    public int ticksOf(Duration duration) {
        long ticks = (duration.toNanos() + tickTime.toNanos() - 1) / tickTime.toNanos();
        return (int) Math.max(1, Math.min(ticks, Integer.MAX_VALUE));
    }

    private static void require(boolean allowed, String message, Object... arguments) {
        if (!allowed) {
            throw new ConfigException(message.formatted(arguments));
        }
    }
}
