package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.zab.FollowerProgress.Phase;
import org.jspecify.annotations.Nullable;

/** Phase 3 at the leader: establishment by a quorum of ACK-NEWLEADER, then proposals, acks, commits. */
final class Broadcast {
    private final ZabPeer peer;
    private final Leading leading;
    /** 0 until discovery is done. */
    private long epoch;
    /** The batch with this peer's own currentEpoch: when durable, it is its ACK-NEWLEADER. */
    private long epochBatch;
    /** The history this peer came with. */
    private Zxid initialLast = Zxid.ZERO;

    private boolean established;
    private long counter;

    Broadcast(ZabPeer peer, Leading leading) {
        this.peer = peer;
        this.leading = leading;
    }

    boolean isEstablished() {
        return established;
    }

    /** 1.3, step 5: the history is that of the new epoch. */
    void begin(long newEpoch) {
        epoch = newEpoch;
        initialLast = peer.log.last();
        peer.log.lead(newEpoch);
        epochBatch = peer.log.openBatch();
    }

    void persisted() {
        establishWhenQuorum();
        advance();
    }

    /** A follower has acknowledged NEWLEADER. */
    void synced(FollowerProgress follower) {
        if (established) {
            sendUpToDate(follower);
        } else {
            establishWhenQuorum();
        }
    }

    void establishWhenQuorum() {
        if (established || epoch == 0 || !peer.log.isDurable(epochBatch)) {
            return;
        }
        if (leading.isQuorum(FollowerProgress::isSynced)) {
            established = true;
            peer.statusChanged();
            peer.log.commit(initialLast);
            advance();
            for (FollowerProgress follower : leading.followers()) {
                if (follower.phase == Phase.SYNCED) {
                    sendUpToDate(follower);
                }
            }
        }
    }

    /** Carries what is committed now, not what the follower acknowledged (1.6, ambiguity 3). */
    private void sendUpToDate(FollowerProgress follower) {
        follower.phase = Phase.UP_TO_DATE;
        follower.commitSent = Zxid.min(peer.log.committed(), follower.sent);
        peer.sendNow(follower.id, new ZabMessage.UpToDate(leading.bondOf(follower), peer.log.committed()));
    }

    /** Null when this epoch has no number left; then this peer leads no more. */
    @Nullable Zxid propose(byte[] payload) {
        Invariant.check(established, "a proposal before epoch %d is established", epoch);
        if (counter >= peer.limits.counterMax()) {
            peer.look("epoch " + epoch + " has no transaction number left after " + counter);
            return null;
        }
        counter++;
        return peer.log.propose(Zxid.of(epoch, counter), payload).zxid();
    }

    /** Everything up to there is durable at that follower. */
    void acked(FollowerProgress follower, Zxid last) {
        follower.acked = Zxid.max(follower.acked, last);
        follower.received(last);
        advance();
    }

    /** Commits what a quorum holds durably; this peer counts by its own disk alone, and only then. */
    private void advance() {
        if (!established) {
            return;
        }
        long held = leading.quorumHighest(
                follower -> follower.isSynced() ? follower.acked.value() : 0,
                peer.log.durable().value());
        if (held > peer.log.committed().value()) {
            peer.log.commit(new Zxid(held));
        }
    }

    void sendCommit(FollowerProgress follower) {
        if (follower.phase != Phase.UP_TO_DATE) {
            return;
        }
        Zxid committed = Zxid.min(peer.log.committed(), follower.sent);
        if (committed.isAfter(follower.commitSent)) {
            follower.commitSent = committed;
            peer.sendNow(follower.id, new ZabMessage.Commit(leading.bondOf(follower), committed));
        }
    }
}
