package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.zab.FollowerProgress.Phase;

/**
 * Phase 1 at the leader: an epoch that nobody in a quorum has promised before, and the proof that no history in that
 * quorum is greater than this peer's.
 */
final class Discovery {
    private final ZabPeer peer;
    private final Leading leading;
    /** 0 until a quorum has come. */
    private long epoch;
    /** The batch with this peer's own promise. */
    private long promiseBatch;

    private boolean done;

    Discovery(ZabPeer peer, Leading leading) {
        this.peer = peer;
        this.leading = leading;
    }

    long epoch() {
        return epoch;
    }

    boolean isDone() {
        return done;
    }

    void begin() {
        proposeEpochWhenQuorum();
    }

    /** Takes a FOLLOWERINFO (1.3, steps 1 and 2). */
    void joined(FollowerProgress follower) {
        if (epoch == 0) {
            proposeEpochWhenQuorum();
        } else if (follower.acceptedEpoch > epoch) {
            // It could never join this epoch. The next one will be beyond what it has promised.
            peer.look("peer " + follower.id + " has promised epoch " + follower.acceptedEpoch + ", beyond " + epoch);
        } else {
            sendLeaderInfo(follower);
            beginAnewWhenHopeless();
        }
    }

    /**
     * A quorum is here, and too many of it have promised this epoch in a stay that broke before they could say so: their
     * ACKEPOCH does not count any more. They would wait for ever; the next epoch is one that they can promise.
     */
    private void beginAnewWhenHopeless() {
        if (!done && leading.isQuorum(follower -> true) && !leading.isQuorum(this::canCount)) {
            peer.look("epoch " + epoch + " was promised in stays that broke; the next one is begun");
        }
    }

    private boolean canCount(FollowerProgress follower) {
        return follower.phase == Phase.JOINED ? follower.acceptedEpoch < epoch : follower.epochCounts;
    }

    private void proposeEpochWhenQuorum() {
        if (!leading.isQuorum(follower -> true)) {
            return;
        }
        long next = Math.max(peer.epochSeen, peer.log.acceptedEpoch()) + 1;
        Invariant.check(next <= Zxid.EPOCH_MAX, "epochs are used up: there is none after %d", Zxid.EPOCH_MAX);
        epoch = next;
        peer.sawEpoch(next);
        peer.log.promise(next);
        promiseBatch = peer.log.openBatch();
        leading.followers().forEach(this::sendLeaderInfo);
        decideWhenQuorum();
    }

    private void sendLeaderInfo(FollowerProgress follower) {
        peer.send(follower.id, new ZabMessage.LeaderInfo(leading.bondOf(follower)));
    }

    /**
     * Takes an ACKEPOCH (1.3, step 4). A leader never copies a history: it gives way to whoever has a greater one.
     * This check is what makes the election a mere oracle.
     */
    void epochAcked(FollowerProgress follower) {
        if (!follower.voter) {
            return;
        }
        if (!follower.epochCounts) {
            beginAnewWhenHopeless();
            return;
        }
        int byEpoch = Long.compare(follower.currentEpoch, peer.log.currentEpoch());
        if (byEpoch > 0 || (byEpoch == 0 && follower.last.isAfter(peer.log.last()))) {
            peer.look("follower " + follower.id + " is ahead of the leader: " + follower.last + " of epoch "
                    + follower.currentEpoch);
            return;
        }
        decideWhenQuorum();
    }

    void decideWhenQuorum() {
        if (done || epoch == 0 || !peer.log.isDurable(promiseBatch)) {
            return;
        }
        if (leading.isQuorum(follower -> follower.epochCounts && follower.phase != Phase.JOINED)) {
            done = true;
            leading.discovered();
        }
    }
}
