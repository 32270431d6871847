package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.zab.FollowerProgress.Phase;
import org.jspecify.annotations.Nullable;

/**
 * An end of leadership in order (1.8, rule 7), when the peer stops or its disk is full: no proposals; one follower with
 * everything; TakeOver; step down.
 */
final class HandingOver {
    private final ZabPeer peer;
    private final Leading leading;
    /** -1 when none is under way. */
    private long since = -1;

    HandingOver(ZabPeer peer, Leading leading) {
        this.peer = peer;
        this.leading = leading;
    }

    boolean isUnderWay() {
        return since >= 0;
    }

    void begin() {
        if (isUnderWay()) {
            return;
        }
        since = peer.now;
        if (peer.ensemble.others().isEmpty()) {
            end(); // there is nobody to wait for
        }
    }

    void tick() {
        if (isUnderWay() && peer.now - since > peer.timing.handOverTicksMax()) {
            peer.look("handed over, though no follower holds everything");
        }
    }

    void endOfDrain() {
        if (!isUnderWay()) {
            return;
        }
        FollowerProgress successor = successor();
        if (successor != null) {
            peer.sendNow(successor.id, new ZabMessage.TakeOver(leading.bondOf(successor)));
            peer.lookAndFavour(successor.id, "asked peer " + successor.id + " to take over");
        }
    }

    /** Of those that hold and have committed all: with room if there is one; the highest id, which wins of equals. */
    private @Nullable FollowerProgress successor() {
        Zxid last = peer.log.last();
        FollowerProgress found = null;
        for (FollowerProgress follower : leading.followers()) {
            if (follower.voter
                    && follower.phase == Phase.UP_TO_DATE
                    && follower.acked.equals(last)
                    && follower.commitSent.equals(last)
                    && (found == null || found.diskLow || !follower.diskLow)) {
                found = follower;
            }
        }
        return found;
    }

    /** Leadership ends, this way or another. */
    void end() {
        if (isUnderWay()) {
            since = -1;
            peer.emit(new Effect.HandOverDone());
        }
    }
}
