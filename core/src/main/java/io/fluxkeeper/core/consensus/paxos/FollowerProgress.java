package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.SendWindow;

/** One follower as its leader knows it, for one stay. */
final class FollowerProgress {
    final PeerId id;
    final Bond bond;
    /** Whether its word counts; a learner's does not. */
    boolean voter;

    /** The last slot sent to it. */
    Zxid sent;
    /** Up to there every slot is decided there or accepted of this ballot, durably. */
    Zxid acked;
    /** What there was when it came: it serves once it has that. */
    final Zxid target;
    /** The last decision told to it. */
    Zxid decidedSent = Zxid.ZERO;

    boolean serves;
    /** Whether it waits for a state; its next word is another Join. */
    boolean lacksState;
    /** The tick of its last word. */
    long heardAt;
    /** Whether it was below its floor of free space when it answered last. */
    boolean diskLow;
    /** The last round of heartbeats it answered. */
    long pongRound = -1;
    /** For a learner: the first round that begins after it has everything; 0 while it has not. */
    long admissionRound;

    boolean admitSent;

    private final SendWindow window = new SendWindow();

    FollowerProgress(PeerId id, PaxosMessage.Join join, Zxid target, long now) {
        this.id = id;
        this.target = target;
        bond = join.bond();
        voter = join.voter();
        sent = join.decided();
        acked = join.decided();
        heardAt = now;
    }

    void sent(PaxosLog.Value value) {
        sent = value.slot();
        window.sent(value.slot(), value.size());
    }

    void acked(Zxid slot) {
        acked = Zxid.max(acked, slot);
        window.arrived(slot);
    }

    long inFlightBytes() {
        return window.bytes();
    }

    boolean hasEverything() {
        return !lacksState && acked.compareTo(target) >= 0;
    }
}
