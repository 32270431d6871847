package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.SendWindow;

/** One follower as its leader knows it. */
final class FollowerProgress {
    final PeerId id;
    final long join;
    /** What it had promised when it came. */
    final long acceptedEpoch;
    /** Whether its word counts; a learner's does not. */
    boolean voter;

    Phase phase = Phase.JOINED;
    /** Its history as ACKEPOCH told it, or as it corrected that on a TRUNC. */
    Zxid last = Zxid.ZERO;

    long lastChain;
    long currentEpoch;
    /** Whether its ACKEPOCH counts. */
    boolean epochCounts;

    /** The position of the last entry sent to it. */
    Zxid sent = Zxid.ZERO;

    private final SendWindow window = new SendWindow();
    /** Durable there. */
    Zxid acked = Zxid.ZERO;
    /** NEWLEADER is due once this was sent. */
    Zxid target = Zxid.ZERO;
    /** The last commit told to it. */
    Zxid commitSent = Zxid.ZERO;
    /** The state transfer it is given; 0 for none. */
    long transfer;

    long transferSince;
    /** The tick of its last word. */
    long heardAt;
    /** Whether it was below its floor of free space when it answered last. */
    boolean diskLow;
    /** The last ping round it answered. */
    long pongRound = -1;
    /** For a learner: the first ping round that begins after it has everything. */
    long admissionRound;

    boolean admitSent;

    /** In the order they are gone through. */
    enum Phase {
        /** Its FOLLOWERINFO was taken. */
        JOINED,
        /** Its ACKEPOCH was taken. */
        EPOCH_ACKED,
        /** A TRUNC was offered; it consents by its first receipt. */
        TRUNC_OFFERED,
        /** A version of the state is being pinned for it. */
        STATE_ORDERED,
        /** It gets history. */
        SYNCING,
        /** NEWLEADER is on its way: it gets every later proposal. */
        NEW_LEADER_SENT,
        /** It has acknowledged NEWLEADER: history and epoch are durable there. */
        SYNCED,
        /** UPTODATE is on its way: it gets commits. */
        UP_TO_DATE
    }

    FollowerProgress(PeerId id, ZabMessage.FollowerInfo info, long now) {
        this.id = id;
        join = info.join();
        acceptedEpoch = info.acceptedEpoch();
        voter = info.voter();
        heardAt = now;
    }

    /** Entries go out from there on. */
    void startAt(Zxid position) {
        sent = position;
        window.clear();
    }

    void sent(Entry entry) {
        sent = entry.zxid();
        window.sent(entry.zxid(), entry.size());
    }

    /** Everything up to there has arrived. */
    void received(Zxid position) {
        window.arrived(position);
    }

    long inFlightBytes() {
        return window.bytes();
    }

    boolean isSynced() {
        return phase.compareTo(Phase.SYNCED) >= 0;
    }

    /** Whether entries may be sent to it. */
    boolean receivesEntries() {
        return phase.compareTo(Phase.SYNCING) >= 0;
    }
}
