package io.fluxkeeper.core.consensus.paxos;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.consensus.AtomicBroadcastContract;
import io.fluxkeeper.core.consensus.BroadcastCluster;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PaxosContractTest extends AtomicBroadcastContract {
    @Override
    protected BroadcastCluster cluster(int peers, int historyEntriesKept, int inFlightEntriesMax) {
        PaxosTiming timing = new PaxosTiming(PING_TICKS, 4, 10, 20, 20, 200, HAND_OVER_TICKS_MAX);
        PaxosLimits limits = new PaxosLimits(
                4 << 20, 1 << 19, 128L << 20, historyEntriesKept, 1 << 20, 1 << 20, inFlightEntriesMax, 1 << 20);
        return new PaxosCluster(peers, timing, limits, new SplittableRandom(5));
    }

    /** With everything decided: the promises of both, one after the other. */
    @Test
    void aFailOverCostsTheseMessagesAndFsyncs() {
        Map<String, Integer> messages = Map.of(
                "Probe", 1,
                "ProbeAnswer", 1,
                "Prepare", 1,
                "Promise", 1,
                "Heartbeat", 1,
                "Join", 1,
                "Pong", 1,
                "Decided", 1);

        assertThat(costOfAFailOver()).isEqualTo(new Cost(messages, 2));
    }
}
