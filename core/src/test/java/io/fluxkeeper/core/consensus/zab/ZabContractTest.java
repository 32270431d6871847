package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcastContract;
import io.fluxkeeper.core.consensus.BroadcastCluster;

class ZabContractTest extends AtomicBroadcastContract {
    @Override
    protected BroadcastCluster cluster(int peers, int historyEntriesKept, int inFlightEntriesMax) {
        ZabTiming timing = new ZabTiming(PING_TICKS, 3, 3, 10, 20, 20, 200, HAND_OVER_TICKS_MAX);
        ZabLimits limits = new ZabLimits(
                4 << 20,
                1 << 19,
                128L << 20,
                historyEntriesKept,
                1 << 20,
                1 << 20,
                inFlightEntriesMax,
                1 << 20,
                Zxid.COUNTER_MAX);
        return new ZabCluster(peers, timing, limits);
    }
}
