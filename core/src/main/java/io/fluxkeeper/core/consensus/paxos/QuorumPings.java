package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.ReadIndexes;

/**
 * Rounds of heartbeats. A round that a quorum has answered proves that nobody had led with a higher ballot when it began:
 * for that, one of those who answered would have had to promise it, and who has promised does not answer. On that rest
 * read indexes and the admission of learners.
 */
final class QuorumPings {
    private final PaxosPeer peer;
    private final Leading leading;
    private final ReadIndexes reads = new ReadIndexes();

    private long round;
    private long pingedAt;

    QuorumPings(PaxosPeer peer, Leading leading) {
        this.peer = peer;
        this.leading = leading;
    }

    /** The first round that begins after now. */
    long nextRound() {
        return round + 1;
    }

    /** The index is what is decided now; a round that begins after now confirms it. */
    void request(long token) {
        if (leading.isServing()) {
            reads.ask(token, peer.log.decided());
        } else {
            peer.emit(new Effect.ReadIndexLost(token));
        }
    }

    /** One round serves all that asked before it began. */
    void endOfDrain() {
        if (reads.isWaiting()) {
            begin();
        }
    }

    void tick() {
        if (peer.now - pingedAt >= peer.timing.pingTicks()) {
            begin();
        }
    }

    /** To everybody: it is how a peer without a leader hears of this one. */
    void begin() {
        round++;
        pingedAt = peer.now;
        reads.roundBegins(round);
        peer.sendToAll(heartbeat());
        confirm();
    }

    PaxosMessage.Heartbeat heartbeat() {
        return new PaxosMessage.Heartbeat(leading.ballot(), round);
    }

    void answered(FollowerProgress follower, long answeredRound) {
        follower.pongRound = Math.max(follower.pongRound, Math.min(answeredRound, round));
        confirm();
    }

    private void confirm() {
        if (!leading.isServing()) {
            return;
        }
        long confirmed = leading.quorumHighest(follower -> follower.pongRound, round);
        reads.proven(confirmed, peer::emit);
        for (FollowerProgress follower : leading.followers()) {
            admitWhenConfirmed(follower, confirmed);
        }
    }

    /** The quorum is one without the learner, for a learner is not counted. */
    private void admitWhenConfirmed(FollowerProgress follower, long confirmed) {
        if (follower.voter || follower.admitSent || !follower.serves) {
            return;
        }
        if (follower.admissionRound == 0) {
            follower.admissionRound = nextRound();
        } else if (confirmed >= follower.admissionRound) {
            follower.admitSent = true;
            peer.send(follower.id, new PaxosMessage.Admit(follower.bond));
        }
    }

    /** Leadership ends: nobody can say what was decided. */
    void loseAll() {
        reads.loseAll(peer::emit);
    }
}
