package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.Require;

/**
 * Multi-Paxos's waits, in ticks.
 *
 * @param pingTicks between two heartbeats of a leader
 * @param electionTicks a peer without a leader waits up to so long, drawn at random, before it asks to be one, and at
 *     least so long before it asks again. Longer makes duels rarer, shorter fails over sooner
 * @param syncTicks without word after which a follower leaves its leader and a leader its office
 * @param initTicks without progress that phase 1, or the way of a follower to its leader, may last
 * @param diskStallTicks after which a leader whose oldest batch is still not durable gives up
 * @param stateTransferTicksMax that a state transfer may last, and the history after it be kept
 * @param handOverTicksMax that a leader waits for a successor that has everything
 */
public record PaxosTiming(
        int pingTicks,
        int electionTicks,
        int syncTicks,
        int initTicks,
        int diskStallTicks,
        int stateTransferTicksMax,
        int handOverTicksMax) {
    /** For ticks of 50 ms. */
    public static final PaxosTiming DEFAULT = new PaxosTiming(4, 4, 30, 60, 60, 12_000, 60);

    public PaxosTiming {
        Require.that(pingTicks >= 1, "pingTicks (%d) must be at least 1", pingTicks);
        Require.that(electionTicks >= 1, "electionTicks (%d) must be at least 1", electionTicks);
        Require.that(syncTicks > 2 * pingTicks, "syncTicks (%d) must exceed two pingTicks (%d)", syncTicks, pingTicks);
        Require.that(initTicks >= syncTicks, "initTicks (%d) must be at least syncTicks (%d)", initTicks, syncTicks);
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
