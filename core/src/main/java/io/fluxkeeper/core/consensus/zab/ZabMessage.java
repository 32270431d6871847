package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.Role;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that Zab peers say to one another. F: follower, L: leader; the paper's names in brackets.
 *
 * <pre>
 *  election      any → any  Vote
 *  discovery     F → L      FollowerInfo [CEPOCH]
 *                L → F      LeaderInfo [NEWEPOCH]
 *                F → L      AckEpoch [ACK-E]
 *  synchronise   L → F      Diff | Trunc | Snap, Proposals..., NewLeader [NEWLEADER]
 *                F → L      TruncRefused, SyncProgress..., AckNewLeader [ACK-LD]
 *                L → F      UpToDate [COMMIT-LD]
 *  broadcast     L → F      Proposals [PROPOSE], Commit [COMMIT]
 *                F → L      Ack [ACK]
 *  all along     L → F      Ping, Admit, TakeOver
 *                F → L      Pong
 * </pre>
 */
public sealed interface ZabMessage extends PeerMessage {
    /** Calls the one method of {@code role} for this kind of message. */
    void handledBy(PeerId from, Handler role);

    @Override
    default Lane lane() {
        return Lane.LOG;
    }

    /** A role: it says what it does with every message. */
    interface Handler {
        void onVote(PeerId from, Vote vote);

        void onFollowerInfo(PeerId from, FollowerInfo info);

        void onLeaderInfo(PeerId from, LeaderInfo info);

        void onAckEpoch(PeerId from, AckEpoch ack);

        void onDiff(PeerId from, Diff diff);

        void onTrunc(PeerId from, Trunc trunc);

        void onTruncRefused(PeerId from, TruncRefused refused);

        void onSnap(PeerId from, Snap snap);

        void onSyncProgress(PeerId from, SyncProgress progress);

        void onNewLeader(PeerId from, NewLeader newLeader);

        void onAckNewLeader(PeerId from, AckNewLeader ack);

        void onUpToDate(PeerId from, UpToDate upToDate);

        void onProposals(PeerId from, Proposals proposals);

        void onAck(PeerId from, Ack ack);

        void onCommit(PeerId from, Commit commit);

        void onPing(PeerId from, Ping ping);

        void onPong(PeerId from, Pong pong);

        void onAdmit(PeerId from, Admit admit);

        void onTakeOver(PeerId from, TakeOver takeOver);
    }

    /**
     * Where the sender stands in the election. A LOOKING peer sends its vote; others answer a LOOKING one with the
     * leader they have.
     *
     * @param round the sender's election round; a settled peer tells the round in which it settled
     * @param candidate null from a LOOKING peer that may not vote and only asks
     */
    record Vote(Role role, long round, @Nullable Candidate candidate) implements ZabMessage {
        @Override
        public Lane lane() {
            return Lane.LIVE;
        }

        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onVote(from, this);
        }
    }

    /**
     * I follow you.
     *
     * @param join the sender's number for this stay
     * @param acceptedEpoch durable
     * @param voter whether what the sender promises and acknowledges counts
     */
    record FollowerInfo(long ensembleId, long join, long acceptedEpoch, boolean voter) implements ZabMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onFollowerInfo(from, this);
        }
    }

    /** I propose to lead the epoch in the bond. */
    record LeaderInfo(Bond bond) implements ZabMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onLeaderInfo(from, this);
        }
    }

    /**
     * I have promised that epoch; this is my history.
     *
     * @param counts false when the sender had promised this epoch number before: perhaps to somebody else
     */
    record AckEpoch(Bond bond, boolean counts, long currentEpoch, Zxid last, long chain) implements ZabMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onAckEpoch(from, this);
        }
    }

    /** Your history is a prefix of mine, up to this entry, which is your last; the rest follows. */
    record Diff(Bond bond, Zxid from, long chain) implements ZabMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onDiff(from, this);
        }
    }

    /** Your tail is not mine: drop everything after this entry, if you hold it with this chain. */
    record Trunc(Bond bond, Zxid to, long chain) implements ZabMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onTrunc(from, this);
        }
    }

    /**
     * I do not hold that entry; this is the highest one up to it that I do hold.
     *
     * @param held null when that is before everything I can name
     */
    record TruncRefused(Bond bond, @Nullable Zxid held, long chain) implements ZabMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onTruncRefused(from, this);
        }
    }

    /** Fetch my state, pinned at this position; the entries after it follow. */
    record Snap(Bond bond, long transfer, Zxid zxid, long chain, long digest) implements ZabMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onSnap(from, this);
        }
    }

    /** A receipt, which promises nothing: I hold everything up to there in memory, send more. */
    record SyncProgress(Bond bond, Zxid received) implements ZabMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onSyncProgress(from, this);
        }
    }

    /** With this entry you have my history: make it yours, durably, together with the epoch. */
    record NewLeader(Bond bond, Zxid last, long chain) implements ZabMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onNewLeader(from, this);
        }
    }

    /** History up to {@code last} and the epoch are durable here. */
    record AckNewLeader(Bond bond, Zxid last) implements ZabMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onAckNewLeader(from, this);
        }
    }

    /** A quorum holds the initial history; so much is committed now: serve. */
    record UpToDate(Bond bond, Zxid committed) implements ZabMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onUpToDate(from, this);
        }
    }

    /** The next entries of the history, in synchronisation and in broadcast alike. */
    record Proposals(Bond bond, List<Entry> entries) implements ZabMessage {
        public Proposals {
            entries = List.copyOf(entries);
        }

        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onProposals(from, this);
        }
    }

    /** Everything up to there is durable here. */
    record Ack(Bond bond, Zxid last) implements ZabMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onAck(from, this);
        }
    }

    /** Everything up to there is committed. */
    record Commit(Bond bond, Zxid last) implements ZabMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onCommit(from, this);
        }
    }

    /** I lead still; answer with the round. */
    record Ping(Bond bond, long round) implements ZabMessage {
        @Override
        public Lane lane() {
            return Lane.LIVE;
        }

        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onPing(from, this);
        }
    }

    /** I follow you still, and have promised nobody a newer epoch. */
    record Pong(Bond bond, long round, boolean diskLow) implements ZabMessage {
        @Override
        public Lane lane() {
            return Lane.LIVE;
        }

        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onPong(from, this);
        }
    }

    /** A quorum without you has been confirmed since you came: be a voter. */
    record Admit(Bond bond) implements ZabMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onAdmit(from, this);
        }
    }

    /** You hold everything and I lead no more: stand for election. */
    record TakeOver(Bond bond) implements ZabMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onTakeOver(from, this);
        }
    }
}
