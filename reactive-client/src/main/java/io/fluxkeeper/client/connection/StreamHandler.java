package io.fluxkeeper.client.connection;

import io.fluxkeeper.core.protocol.ServerReply;

/**
 * Who subscribed to a stream. Called on the client's loop, never from within the call that opened it; items first, then
 * one of the others; none after it was cancelled.
 *
 * @param <R> the route's item
 */
public interface StreamHandler<R> {
    void onItem(R item);

    void onRefused(ServerReply.Refused refused);

    /** The connection is gone, or the peer ended the stream without a reason. */
    void onLost(Throwable cause);
}
