package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;

/** What the world tells a broadcast, one at a time, on one thread. */
public sealed interface Input {
    /** One unit of time has passed; the missed ticks of a paused host count as one. */
    record Tick() implements Input {}

    /**
     * A link to a peer is up, both ways.
     *
     * @param link its number, higher than that of any link before it at this peer
     */
    record LinkUp(PeerId peer, long link) implements Input {}

    /** That link is gone; what was not delivered by it never will be. */
    record LinkDown(PeerId peer, long link) implements Input {}

    /** A message came by a link, in the order of its lane. One of a link that is not up any more is dropped. */
    record Received(PeerId from, long link, PeerMessage message) implements Input {}

    /** This batch of the journal, and all before it, are durable. */
    record Persisted(long batch) implements Input {}

    /** The state store has committed everything up to {@code zxid}, durably: history before it may go. */
    record StateCommitted(Zxid zxid) implements Input {}

    /** For {@link Effect.OfferState}: a version of the state is pinned and can be fetched under that number. */
    record StatePinned(long transfer, Zxid zxid, long chain, long digest) implements Input {}

    /** A transfer that this peer gave ended, well or not; its pin is gone. */
    record StateReleased(long transfer) implements Input {}

    /** For {@link Effect.FetchState}: the state is in a verified, fsynced file, not yet in use. */
    record StateFetched(long transfer, String file, Zxid zxid, long chain, long digest) implements Input {}

    /** For {@link Effect.FetchState}: it failed and left nothing behind. */
    record StateFetchFailed(long transfer, String reason) implements Input {}

    /** Room on this peer's disk has become more or less; PLENTY until told. */
    record DiskSpace(DiskRoom room) implements Input {}

    /** The operator wants this peer to give up leadership, in order; see {@link Effect.HandOverDone}. */
    record HandOver() implements Input {}

    /** Every input that was waiting has been handled: now is the time to send what was gathered. */
    record EndOfDrain() implements Input {}
}
