package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.Require;

/**
 * Zab's waits, in ticks.
 *
 * @param pingTicks between two pings of a leader
 * @param resendTicks after which a vote or a FollowerInfo without an answer is sent again
 * @param finalizeTicks that a quorum's vote is held for a better one while some reachable voter does not agree;
 *     ZooKeeper's finalizeWait
 * @param syncTicks without word after which a follower leaves its leader and a leader its office; ZooKeeper's
 *     syncLimit. Longer survives pauses, shorter fails over sooner
 * @param initTicks without progress that an election, discovery or synchronisation may last; ZooKeeper's initLimit
 * @param diskStallTicks after which a leader whose oldest batch is still not durable gives up
 * @param stateTransferTicksMax that a state transfer may last, and the history after it be kept
 * @param handOverTicksMax that a leader waits for a successor that has everything
 */
public record ZabTiming(
        int pingTicks,
        int resendTicks,
        int finalizeTicks,
        int syncTicks,
        int initTicks,
        int diskStallTicks,
        int stateTransferTicksMax,
        int handOverTicksMax) {
    /** For ticks of 50 ms. */
    public static final ZabTiming DEFAULT = new ZabTiming(4, 4, 4, 30, 60, 60, 12_000, 60);

    public ZabTiming {
        Require.that(pingTicks >= 1, "pingTicks (%d) must be at least 1", pingTicks);
        Require.that(resendTicks >= 1, "resendTicks (%d) must be at least 1", resendTicks);
        Require.that(finalizeTicks >= 1, "finalizeTicks (%d) must be at least 1", finalizeTicks);
        Require.that(syncTicks > 2 * pingTicks, "syncTicks (%d) must exceed two pingTicks (%d)", syncTicks, pingTicks);
        Require.that(initTicks >= syncTicks, "initTicks (%d) must be at least syncTicks (%d)", initTicks, syncTicks);
        Require.that(initTicks > resendTicks, "initTicks (%d) must exceed resendTicks (%d)", initTicks, resendTicks);
        Require.that(
                initTicks > finalizeTicks, "initTicks (%d) must exceed finalizeTicks (%d)", initTicks, finalizeTicks);
        Require.that(diskStallTicks >= 1, "diskStallTicks (%d) must be at least 1", diskStallTicks);
        Require.that(
                stateTransferTicksMax >= initTicks,
                "stateTransferTicksMax (%d) must be at least initTicks (%d)",
                stateTransferTicksMax,
                initTicks);
        Require.that(handOverTicksMax >= 1, "handOverTicksMax (%d) must be at least 1", handOverTicksMax);
    }

    /** That a follower waits before it tries again what failed for a reason of its own: a second for ticks of 50 ms. */
    int restTicks() {
        return 5 * pingTicks;
    }
}
