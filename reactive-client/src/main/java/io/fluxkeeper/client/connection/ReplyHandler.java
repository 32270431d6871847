package io.fluxkeeper.client.connection;

import io.fluxkeeper.core.protocol.ServerReply;

/**
 * Who asked. Exactly one of the three is called for a request, on the client's loop, and never from within the call
 * that sent it; none after it was cancelled.
 *
 * @param <R> the route's reply
 */
public interface ReplyHandler<R> {
    /** @param attempt the number the caller gave to this sending */
    void onReply(R reply, int attempt);

    void onRefused(ServerReply.Refused refused, int attempt);

    /** No answer will come on this connection. */
    void onLost(Throwable cause, int attempt);
}
