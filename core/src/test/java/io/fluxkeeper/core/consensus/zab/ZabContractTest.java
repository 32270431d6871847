package io.fluxkeeper.core.consensus.zab;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcastContract;
import io.fluxkeeper.core.consensus.BroadcastCluster;
import java.util.Map;
import org.junit.jupiter.api.Test;

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

    /** All four fsyncs are one after the other: both promises of the epoch, then both histories in it. */
    @Test
    void aFailOverCostsTheseMessagesAndFsyncs() {
        Map<String, Integer> messages = Map.of(
                "Vote", 7,
                "FollowerInfo", 1,
                "LeaderInfo", 1,
                "AckEpoch", 1,
                "Diff", 1,
                "SyncProgress", 1,
                "NewLeader", 1,
                "AckNewLeader", 1,
                "UpToDate", 1);

        assertThat(costOfAFailOver()).isEqualTo(new Cost(messages, 4));
    }
}
