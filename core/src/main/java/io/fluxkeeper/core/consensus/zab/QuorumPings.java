package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.ReadIndexes;
import io.fluxkeeper.core.consensus.zab.FollowerProgress.Phase;

/**
 * Rounds of pings. A round that a quorum has answered proves that this peer led when the round began: a later leader
 * needs a promise of one who answered. On that rest read indexes (R13) and the admission of learners.
 */
final class QuorumPings {
    private final ZabPeer peer;
    private final Leading leading;
    private final ReadIndexes reads = new ReadIndexes();

    private long round;
    private long pingedAt = -1;

    QuorumPings(ZabPeer peer, Leading leading) {
        this.peer = peer;
        this.leading = leading;
    }

    /** The first round that begins after now. */
    long nextRound() {
        return round + 1;
    }

    /** The index is what is committed now; a round that begins after now confirms it. */
    void request(long token) {
        if (!leading.isEstablished()) {
            peer.emit(new Effect.ReadIndexLost(token));
            return;
        }
        reads.ask(token, peer.log.committed());
    }

    /** One round serves all that asked before it began. */
    void endOfDrain() {
        if (reads.isWaiting()) {
            begin();
        }
    }

    void tick() {
        if (leading.epoch() != 0 && (pingedAt < 0 || peer.now - pingedAt >= peer.timing.pingTicks())) {
            begin();
        }
    }

    private void begin() {
        round++;
        pingedAt = peer.now;
        reads.roundBegins(round);
        for (FollowerProgress follower : leading.followers()) {
            peer.sendNow(follower.id, new ZabMessage.Ping(leading.bondOf(follower), round));
        }
        confirm();
    }

    void answered(FollowerProgress follower, long answeredRound) {
        follower.pongRound = Math.max(follower.pongRound, Math.min(answeredRound, round));
        confirm();
    }

    private void confirm() {
        if (!leading.isEstablished()) {
            return;
        }
        long confirmed = leading.quorumHighest(follower -> follower.pongRound, round);
        reads.proven(confirmed, peer::emit);
        for (FollowerProgress follower : leading.followers()) {
            admitWhenConfirmed(follower, confirmed);
        }
    }

    /** storage.md, "Founded": the quorum is one without the learner, for a learner is not counted. */
    private void admitWhenConfirmed(FollowerProgress follower, long confirmed) {
        if (!follower.voter
                && !follower.admitSent
                && follower.phase == Phase.UP_TO_DATE
                && confirmed >= follower.admissionRound) {
            follower.admitSent = true;
            peer.sendNow(follower.id, new ZabMessage.Admit(leading.bondOf(follower)));
        }
    }

    /** Leadership ends: nobody can say what was committed. */
    void loseAll() {
        reads.loseAll(peer::emit);
    }
}
