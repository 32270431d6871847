package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.replica.ReplicaInput;

/**
 * The way into the replica, from any thread; never blocks. Lanes with room of their own (architecture, decision 11),
 * served in this order with a quota each: internal, live, log, clients. Inputs of one lane are handled in order.
 */
public interface Mailbox {
    /** Ticks, completions of journal and store, links going up and down, connections closing: never refused. */
    void internal(ReplicaInput input);

    /** A message of a peer's live lane. @return false when the lane is full: close that link */
    boolean live(ReplicaInput input);

    /**
     * A frame of a peer's log lane, with its messages in order. Never refused: the link reads no more than it has
     * requested.
     *
     * @param handled called on the replica thread at the end of the drain that has handled the last of them: request the
     *     next frame
     */
    void log(Iterable<? extends ReplicaInput> inputs, Runnable handled);

    /** A client's request. @return false when the lane is full: answer {@code TOO_BUSY}, nothing was taken */
    boolean client(ReplicaInput input);
}
