package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.consensus.AtomicBroadcastContract;
import io.fluxkeeper.core.consensus.BroadcastCluster;
import java.util.SplittableRandom;

class PaxosContractTest extends AtomicBroadcastContract {
    @Override
    protected BroadcastCluster cluster(int peers, int historyEntriesKept, int inFlightEntriesMax) {
        PaxosTiming timing = new PaxosTiming(PING_TICKS, 4, 10, 20, 20, 200, HAND_OVER_TICKS_MAX);
        PaxosLimits limits = new PaxosLimits(
                4 << 20, 1 << 19, 128L << 20, historyEntriesKept, 1 << 20, 1 << 20, inFlightEntriesMax, 1 << 20);
        return new PaxosCluster(peers, timing, limits, new SplittableRandom(5));
    }
}
