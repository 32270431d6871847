package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.Zxid;
import java.util.List;

/**
 * Phase 2 for one follower after the other: 2a with the values it has not been sent, in slot order, as its window has
 * room; what is decided; the state, when it lacks more than is kept here.
 */
final class Replication {
    private final PaxosPeer peer;
    private final Leading leading;

    Replication(PaxosPeer peer, Leading leading) {
        this.peer = peer;
        this.leading = leading;
    }

    /**
     * Decided slots are proposed to it like the others: of whatever is decided nothing else can be proposed, so its
     * acceptance tells the truth in either case.
     */
    void begin(FollowerProgress follower) {
        boolean known = peer.log.valuesAfter(follower.sent, 0) != null;
        follower.lacksState = !known || peer.log.history().bytesAfter(follower.sent) > peer.limits.diffBytesMax();
        if (follower.lacksState) {
            peer.giving.give(follower.id, follower.bond);
        } else {
            peer.giving.release(follower.id);
        }
    }

    /** False when the follower could not be kept. */
    private boolean pump(FollowerProgress follower) {
        while (!follower.lacksState) {
            long room = peer.limits.windowBytes() - follower.inFlightBytes();
            if (room <= 0) {
                return true;
            }
            Zxid after = follower.sent;
            List<PaxosLog.Value> values = peer.log.valuesAfter(after, Math.min(room, peer.limits.messageBytesMax()));
            if (values == null) {
                leading.drop(follower, "follower " + follower.id + " fell behind the history, at " + after);
                return false;
            }
            // One value may exceed the window, but only alone.
            if (values.isEmpty() || values.get(0).size() > room && follower.inFlightBytes() > 0) {
                return true;
            }
            values.forEach(follower::sent);
            List<byte[]> payloads = values.stream().map(PaxosLog.Value::payload).toList();
            peer.send(follower.id, new PaxosMessage.Accept(follower.bond, after, payloads));
        }
        return true;
    }

    /** Sends it what there is to send. */
    void endOfDrain(FollowerProgress follower) {
        if (pump(follower)) {
            tellDecided(follower);
        }
    }

    /** Never beyond what it was sent: the message comes behind the values, by the same lane. */
    private void tellDecided(FollowerProgress follower) {
        if (follower.lacksState) {
            return;
        }
        Zxid last = Zxid.min(peer.log.decided(), follower.sent);
        boolean serve = !follower.serves && leading.isServing() && follower.hasEverything();
        if (serve || last.isAfter(follower.decidedSent)) {
            follower.serves |= serve;
            follower.decidedSent = last;
            long chain = peer.log.history().chainAt(last).orElseThrow();
            peer.send(follower.id, new PaxosMessage.Decided(follower.bond, last, chain, serve));
        }
    }
}
