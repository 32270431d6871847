package io.fluxkeeper.client.watch;

import io.fluxkeeper.client.connection.Backoff;
import io.fluxkeeper.client.connection.ClientLoop;
import io.fluxkeeper.client.connection.Link;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import org.jspecify.annotations.Nullable;

/** What a watch needs of the client it belongs to. Called on the client's loop only, but for {@link #loop}. */
public interface WatchHost {
    ClientLoop loop();

    /** The connection the client is attached on; null while there is none. */
    @Nullable Link link();

    /** Null for a client without a session. */
    @Nullable SessionId session();

    /** The highest zxid seen; null for none. */
    @Nullable Zxid atLeast();

    /** A reply, refusal or event showed this zxid. */
    void seen(Zxid zxid);

    /** The present connection is no good; goes on to the next peer. Nothing happens when there is none. */
    void moveOn(String why);

    /** The service has ended the session: every call and watch hears so. */
    void expired();

    /** Waits between attempts, as the client's options say. */
    Backoff newBackoff();

    /** From now on the watch is told of every connection, and of the end. */
    void enter(WatchSubscription watch);

    void leave(WatchSubscription watch);

    /**
     * Deals with a refusal that is about the session or the peer rather than the request.
     *
     * @return whether it was one; the request then waits for the next connection or for the end
     */
    default boolean movedOnAfter(ServerReply.Refused refused) {
        ErrorCode code = refused.code();
        switch (code) {
            case SESSION_EXPIRED -> expired();
            case SESSION_MOVED, UNKNOWN_SESSION -> moveOn("the session is not attached there any more");
            default -> {
                if (code.next() != ErrorCode.Next.RETRY_ELSEWHERE) {
                    return false;
                }
                moveOn(code + ": " + refused.message());
            }
        }
        return true;
    }
}
