package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.journal.JournalBatch;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.store.StateDelta;
import java.util.List;

/** What a replica wants its host to do, in this order. */
public sealed interface ReplicaEffect {
    /** Make the batch durable and say {@code Persisted} with its number. */
    record Persist(JournalBatch batch) implements ReplicaEffect {}

    /** Send the messages, in order, by that link and lane; in silence drop them when the link is gone. */
    record SendFrame(PeerId to, long link, PeerMessage.Lane lane, List<PeerMessage> messages)
            implements ReplicaEffect {}

    /** Close the link. */
    record Disconnect(PeerId peer, long link, String reason) implements ReplicaEffect {}

    /** Answer a request. Everything it depends on is durable. */
    record Reply(ReplyHandle handle, ServerReply reply) implements ReplicaEffect {}

    /** Items for a subscription, within its demand. */
    record Emit(long subscription, List<WatchItem> items) implements ReplicaEffect {}

    /** Read rows of the change log from the store, from that key on, and give them as {@code ChangesRead}. */
    record ReadChanges(String fromKey, int bytesMax) implements ReplicaEffect {}

    /** The stream ends with this error. */
    record EndSubscription(long subscription, ServerReply.Refused why) implements ReplicaEffect {}

    /** Close a client's connection: its session is attached elsewhere by now, or it breaks the rules. */
    record CloseConnection(long connection, String reason) implements ReplicaEffect {}

    /** Hand the delta to the store thread. */
    record Fold(StateDelta delta) implements ReplicaEffect {}

    /** State transfer: one of the consensus effects OfferState, ReleaseState, FetchState, DiscardState, InstallState. */
    record StateTransfer(Effect effect) implements ReplicaEffect {}

    /** Journal segments that hold nothing after this are not needed. */
    record TrimJournal(Zxid zxid) implements ReplicaEffect {}

    /** For metrics, logs and the ready line. */
    record StatusChanged(Effect.Status status) implements ReplicaEffect {}

    /** For metrics and logs: this peer has taken over its leader's history. */
    record Synchronized(Effect.Synchronized how) implements ReplicaEffect {}

    /** Executing this transaction met a defect of the program; it was refused on every peer. For log and alarm. */
    record Defect(Zxid zxid, RuntimeException defect) implements ReplicaEffect {}

    /**
     * This peer's state at that transaction is not the one that a quorum has. Note durably that it must not be used
     * again, and end the peer: its next start takes the state from the others.
     */
    record StateDiverged(Zxid zxid) implements ReplicaEffect {}

    /** The states of those peers differ there from this leader's, and no quorum says whose is right. For log and alarm. */
    record StatesDiffer(Zxid zxid, List<PeerId> peers) implements ReplicaEffect {
        public StatesDiffer {
            peers = List.copyOf(peers);
        }
    }

    /** After {@code ShutDown}: nothing is left to hand over. */
    record ReadyToStop() implements ReplicaEffect {}
}
