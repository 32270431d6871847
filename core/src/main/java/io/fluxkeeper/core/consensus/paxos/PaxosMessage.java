package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Effect.When;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.PeerMessage;
import java.util.List;

/**
 * Everything that Multi-Paxos peers say to one another. C: a candidate, P: a peer it asks, L: the leader, F: its follower.
 *
 * <pre>
 *  pre-vote    C → P   Probe                 P → C   ProbeAnswer
 *  phase 1     C → P   Prepare [1a]          P → C   Promise [1b] | Nack
 *              C → P   Fetch                 P → C   Learn | Snap
 *  phase 2     L → F   Accept [2a], Snap     F → L   Join, Accepted [2b] | Nack
 *              L → F   Decided
 *  all along   L → F   Heartbeat, Admit, TakeOver
 *              F → L   Pong
 * </pre>
 */
public sealed interface PaxosMessage extends PeerMessage {
    /** Calls the one method of {@code role} for this kind of message. */
    void handledBy(PeerId from, Handler role);

    /**
     * When it may leave. NOW is for what says nothing of the sender's disk: questions, values, and what a quorum has
     * decided. The rule, DURABLE, is for what others count on after the sender has crashed.
     */
    default When when() {
        return When.DURABLE;
    }

    @Override
    default Lane lane() {
        return Lane.LOG;
    }

    /** A role. What it does not answer is a leftover of another leadership, or came too early: dropped. */
    interface Handler {
        default void onProbe(PeerId from, Probe probe) {}

        default void onProbeAnswer(PeerId from, ProbeAnswer answer) {}

        default void onPrepare(PeerId from, Prepare prepare) {}

        default void onPromise(PeerId from, Promise promise) {}

        default void onNack(PeerId from, Nack nack) {}

        default void onFetch(PeerId from, Fetch fetch) {}

        default void onLearn(PeerId from, Learn learn) {}

        default void onSnap(PeerId from, Snap snap) {}

        default void onHeartbeat(PeerId from, Heartbeat heartbeat) {}

        default void onPong(PeerId from, Pong pong) {}

        default void onJoin(PeerId from, Join join) {}

        default void onAccept(PeerId from, Accept accept) {}

        default void onAccepted(PeerId from, Accepted accepted) {}

        default void onDecided(PeerId from, Decided decided) {}

        default void onAdmit(PeerId from, Admit admit) {}

        default void onTakeOver(PeerId from, TakeOver takeOver) {}
    }

    /**
     * Would you promise me a ballot? Asked before one is used, so that a peer that cannot win does not raise ballots.
     *
     * @param probe the sender's number for this question
     * @param last the sender holds a value for every slot up to there
     */
    record Probe(long probe, Zxid last) implements PaxosMessage {
        @Override
        public Lane lane() {
            return Lane.LIVE;
        }

        @Override
        public When when() {
            return When.NOW;
        }

        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onProbe(from, this);
        }
    }

    /**
     * Promises nothing.
     *
     * @param promised what the sender has promised: a ballot that is to win goes beyond it
     */
    record ProbeAnswer(long probe, boolean granted, Ballot promised) implements PaxosMessage {
        @Override
        public Lane lane() {
            return Lane.LIVE;
        }

        @Override
        public When when() {
            return When.NOW;
        }

        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onProbeAnswer(from, this);
        }
    }

    /**
     * Promise this ballot, for all slots, and tell what you accepted from a slot on. Asked again for the next page.
     *
     * @param takeOver the leader itself wants it: promise also while hearing it
     */
    record Prepare(Ballot ballot, Zxid from, boolean takeOver) implements PaxosMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onPrepare(from, this);
        }
    }

    /**
     * I will accept nothing of a lower ballot.
     *
     * @param from as it was asked
     * @param votes what the sender accepted from there on and does not know decided, in slot order
     * @param more whether there are votes after these; a promise without them is not complete
     * @param decided the sender knows every slot up to there decided: ask it for them
     */
    record Promise(Ballot ballot, Zxid from, List<DurableRecord.Accepted> votes, boolean more, Zxid decided)
            implements PaxosMessage {
        public Promise {
            votes = List.copyOf(votes);
        }

        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onPromise(from, this);
        }
    }

    /** Your ballot is too low: I promised another. */
    record Nack(Ballot refused, Ballot promised) implements PaxosMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onNack(from, this);
        }
    }

    /** Tell me what is decided after there; you promised me that ballot. */
    record Fetch(Ballot ballot, Zxid after) implements PaxosMessage {
        @Override
        public When when() {
            return When.NOW;
        }

        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onFetch(from, this);
        }
    }

    /** Decided: the next entries of the history. */
    record Learn(Ballot ballot, List<Entry> entries) implements PaxosMessage {
        public Learn {
            entries = List.copyOf(entries);
        }

        @Override
        public When when() {
            return When.NOW;
        }

        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onLearn(from, this);
        }
    }

    /** Fetch my state, pinned at this position: you lack more than I keep. To a candidate with stay 0. */
    record Snap(Bond bond, long transfer, Zxid zxid, long chain, long digest) implements PaxosMessage {
        @Override
        public When when() {
            return When.NOW;
        }

        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onSnap(from, this);
        }
    }

    /** I lead with that ballot; answer with the round. */
    record Heartbeat(Ballot ballot, long round) implements PaxosMessage {
        @Override
        public Lane lane() {
            return Lane.LIVE;
        }

        @Override
        public When when() {
            return When.NOW;
        }

        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onHeartbeat(from, this);
        }
    }

    /** I follow you still, and have promised nobody a higher ballot. */
    record Pong(Bond bond, long round, boolean diskLow) implements PaxosMessage {
        @Override
        public Lane lane() {
            return Lane.LIVE;
        }

        @Override
        public When when() {
            return When.NOW;
        }

        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onPong(from, this);
        }
    }

    /**
     * I have promised your ballot; send me what comes after this.
     *
     * @param decided the end of the sender's history, durable there
     * @param chain at {@code decided}
     * @param voter whether what the sender accepts counts
     */
    record Join(Bond bond, long ensembleId, Zxid decided, long chain, boolean voter) implements PaxosMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onJoin(from, this);
        }
    }

    /** Accept these values for the slots after {@code after}, one each. */
    record Accept(Bond bond, Zxid after, List<byte[]> payloads) implements PaxosMessage {
        public Accept {
            payloads = List.copyOf(payloads);
        }

        @Override
        public When when() {
            return When.NOW;
        }

        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onAccept(from, this);
        }
    }

    /** Every slot up to there is decided here, or I have accepted your value for it. */
    record Accepted(Bond bond, Zxid last) implements PaxosMessage {
        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onAccepted(from, this);
        }
    }

    /**
     * The values that you accepted of me up to there are chosen.
     *
     * @param chain at {@code last}
     * @param serve you hold everything there was when you joined: serve
     */
    record Decided(Bond bond, Zxid last, long chain, boolean serve) implements PaxosMessage {
        @Override
        public When when() {
            return When.NOW;
        }

        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onDecided(from, this);
        }
    }

    /** A quorum without you has been confirmed since you learnt everything: be an acceptor. */
    record Admit(Bond bond) implements PaxosMessage {
        @Override
        public When when() {
            return When.NOW;
        }

        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onAdmit(from, this);
        }
    }

    /** You hold everything and I lead no more: propose. */
    record TakeOver(Bond bond) implements PaxosMessage {
        @Override
        public When when() {
            return When.NOW;
        }

        @Override
        public void handledBy(PeerId from, Handler role) {
            role.onTakeOver(from, this);
        }
    }
}
