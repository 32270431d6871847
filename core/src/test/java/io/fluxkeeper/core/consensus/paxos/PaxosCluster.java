package io.fluxkeeper.core.consensus.paxos;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AcceptedTail;
import io.fluxkeeper.core.consensus.BroadcastCluster;
import io.fluxkeeper.core.consensus.BroadcastDisk;
import io.fluxkeeper.core.consensus.BroadcastHost;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.PeerMessage;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * An ensemble of {@link MultiPaxos} in memory. Whatever a message says of its sender's disk is looked up there when the
 * message leaves.
 */
final class PaxosCluster extends BroadcastCluster {
    static final PaxosTiming TIMING = new PaxosTiming(2, 4, 10, 20, 20, 200, 20);
    static final PaxosLimits LIMITS = PaxosLimits.DEFAULT;

    PaxosCluster(int peers) {
        this(peers, TIMING, LIMITS, new SplittableRandom(1));
    }

    PaxosCluster(int peers, PaxosTiming timing, PaxosLimits limits, SplittableRandom random) {
        this(peers, timing, limits, id -> random.split());
    }

    /** @param waits decides how long each peer waits before it asks to lead */
    PaxosCluster(int peers, PaxosTiming timing, PaxosLimits limits, Function<PeerId, RandomGenerator> waits) {
        super(
                peers,
                (ensemble, recovered, founders, freshId) -> new MultiPaxos(
                        ensemble, timing, recovered, limits, founders, freshId, waits.apply(ensemble.self())));
    }

    /** A cluster that is founded, has a leader and serves everywhere. */
    static PaxosCluster serving(int peers) {
        PaxosCluster cluster = new PaxosCluster(peers);
        cluster.serve();
        return cluster;
    }

    @Override
    protected void audit(BroadcastHost from, PeerMessage message) {
        BroadcastDisk disk = from.disk();
        if (message instanceof PaxosMessage.Prepare prepare) {
            isPromised(disk, prepare.ballot(), message);
        } else if (message instanceof PaxosMessage.Promise promise) {
            isPromised(disk, promise.ballot(), message);
        } else if (message instanceof PaxosMessage.Join join) {
            isPromised(disk, join.bond().ballot(), message);
            holds(disk, join.decided(), join.bond().ballot(), message);
        } else if (message instanceof PaxosMessage.Accepted accepted) {
            isPromised(disk, accepted.bond().ballot(), message);
            holds(disk, accepted.last(), accepted.bond().ballot(), message);
        }
    }

    private static void isPromised(BroadcastDisk disk, Ballot ballot, PeerMessage message) {
        assertThat(disk.epochs().accepted())
                .as("promised on disk: %s", message)
                .isGreaterThanOrEqualTo(ballot.number());
    }

    /** Decided on disk, or accepted of that ballot or a higher one. */
    private static void holds(BroadcastDisk disk, Zxid last, Ballot ballot, PeerMessage message) {
        Zxid slot = disk.history().last();
        while (last.isAfter(slot)) {
            slot = AcceptedTail.next(slot);
            DurableRecord.Accepted vote = disk.accepted().at(slot);
            assertThat(vote).as("slot %s on disk: %s", slot, message).isNotNull();
            assertThat(vote.ballot()).as("slot %s on disk: %s", slot, message).isGreaterThanOrEqualTo(ballot.number());
        }
    }
}
