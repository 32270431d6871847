package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import org.jspecify.annotations.Nullable;

/** What a broadcast wants done. Their order is the promise. */
public sealed interface Effect {
    /** Put the record into the open journal batch ({@link Effects#openBatch}). */
    record Persist(DurableRecord record) implements Effect {}

    /** Tell a peer, by that link and no other; dropped in silence when the link is gone. */
    record Send(PeerId to, long link, PeerMessage message, When when) implements Effect {}

    /** When a message may leave. */
    enum When {
        /** After every record emitted so far, by any step, is durable. The rule. */
        DURABLE,
        /**
         * At once, though never before an earlier message of its lane. Only for what promises nothing of this disk:
         * proposals, commits, synchronisation by a leader, pings, forwarded requests, votes of durable state.
         */
        NOW
    }

    /** Committed, and durable here: apply it. In zxid order, each once. */
    record Deliver(Entry entry) implements Effect {}

    /** The role, the leader or the epoch changed, or whether this peer serves. */
    record StatusChanged(Status status) implements Effect {}

    /** Close the link: it cannot go on and is to be made anew. */
    record Disconnect(PeerId peer, long link, String reason) implements Effect {}

    /** Pin a version of the state for a peer; answered by {@link Input.StatePinned}. */
    record OfferState(PeerId to, long link, long transfer) implements Effect {}

    /** Give up a pin. */
    record ReleaseState(long transfer) implements Effect {}

    /** Fetch the leader's pinned state into a new file; answered by StateFetched or StateFetchFailed. */
    record FetchState(PeerId from, long link, long transfer, Zxid zxid, long digest) implements Effect {}

    /** Throw the fetched file away: the synchronisation it was for did not finish. */
    record DiscardState(long transfer, String file) implements Effect {}

    /**
     * The journal holds StateInstalled for this file: the state in memory is to be replaced by it, before the next
     * Deliver.
     */
    record InstallState(long transfer, String file, Zxid zxid, long digest) implements Effect {}

    /** Everything committed at the moment of the request has this zxid or a lower one; confirmed by a quorum. */
    record ReadIndexReady(long token, Zxid zxid) implements Effect {}

    /**
     * This peer has taken over its leader's history. For the log and the operator; nothing depends on it.
     *
     * @param begin where what was received begins: the end of its own history (DIFF), the entry it was cut to (TRUNC),
     *     the position of the state (SNAP)
     * @param entryCount entries received behind that
     */
    record Synchronized(PeerId leader, SyncMode mode, Zxid begin, int entryCount) implements Effect {}

    /** What a follower gets from its leader before it serves. */
    enum SyncMode {
        /** The entries that it lacks. */
        DIFF,
        /** An order to drop the end of its own history, and then the entries that it lacks. */
        TRUNC,
        /** A state, and then the entries after it. */
        SNAP
    }

    /** The read index could not be confirmed: leadership was lost. */
    record ReadIndexLost(long token) implements Effect {}

    /** No other peer waits for this one: it leads no more, by its own will, or never did, or is its ensemble alone. */
    record HandOverDone() implements Effect {}

    /**
     * @param leader null when none is known
     * @param link the link to the leader; 0 when this peer leads or knows none
     * @param serving the peer is part of an established quorum: a leader takes proposals, a follower forwards
     * @param note what an operator should know; null for nothing
     */
    record Status(
            Role role,
            Membership membership,
            long epoch,
            @Nullable PeerId leader,
            long link,
            boolean serving,
            @Nullable String note) {}
}
