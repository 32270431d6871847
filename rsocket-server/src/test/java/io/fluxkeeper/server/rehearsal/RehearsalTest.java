package io.fluxkeeper.server.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.PeerMessageCodec;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.consensus.paxos.MultiPaxos;
import io.fluxkeeper.core.consensus.paxos.PaxosCodec;
import io.fluxkeeper.core.consensus.paxos.PaxosLimits;
import io.fluxkeeper.core.consensus.paxos.PaxosTiming;
import io.fluxkeeper.core.consensus.zab.Zab;
import io.fluxkeeper.core.consensus.zab.ZabCodec;
import io.fluxkeeper.core.consensus.zab.ZabLimits;
import io.fluxkeeper.core.consensus.zab.ZabTiming;
import io.fluxkeeper.core.replica.PeerFrameCodec;
import io.fluxkeeper.core.replica.ReplicaMessageCodec;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class RehearsalTest {
    /** Two sessions opened, one znode made, four times two hundred writes, nine others, two moves, one end. */
    private static final int ALL_REQUESTS = 2 + 1 + 4 * 200 + 9 + 2 + 1;

    @Test
    void withZabEveryRequestIsAnsweredAlsoAfterTheLeadersDeath() {
        assertThat(played(
                        ensemble -> new Zab(ensemble, ZabTiming.DEFAULT, RecoveredLog.EMPTY, ZabLimits.DEFAULT, 1),
                        new ZabCodec()))
                .isEqualTo(ALL_REQUESTS);
    }

    @Test
    void withMultiPaxosEveryRequestIsAnsweredAlsoAfterTheLeadersDeath() {
        SplittableRandom seeds = new SplittableRandom(1);
        assertThat(played(
                        ensemble -> new MultiPaxos(
                                ensemble,
                                PaxosTiming.DEFAULT,
                                RecoveredLog.EMPTY,
                                PaxosLimits.DEFAULT,
                                ensemble.peers(),
                                1,
                                seeds.split()),
                        new PaxosCodec()))
                .isEqualTo(ALL_REQUESTS);
    }

    private static int played(Function<Ensemble, AtomicBroadcast> broadcasts, PeerMessageCodec codec) {
        return new Rehearsal(broadcasts, new PeerFrameCodec(List.of(codec, new ReplicaMessageCodec()))).play();
    }
}
