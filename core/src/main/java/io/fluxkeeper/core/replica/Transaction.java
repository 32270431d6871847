package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.znode.Identity;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the log holds: a request, with its origin and its time. Its place, the zxid, is the entry's.
 *
 * @param timeMillis the leader's clock, never before that of the transaction before it
 * @param origin where the request came in, so that the reply leaves there and nowhere else
 * @param body what to do
 */
public record Transaction(long timeMillis, Origin origin, Body body) {
    /**
     * @param peer where the client is
     * @param incarnation of that peer's process: a restart does not answer what the process before it took
     * @param number of the request in that process; 0 for what no client asked for
     */
    public record Origin(PeerId peer, long incarnation, long number) {}

    /** What to do. */
    public sealed interface Body {
        /** Null for what has no number in a session. */
        default @Nullable WriteStamp stamp() {
            return null;
        }

        /** In which its session was attached where the request came in; 0 without a session. */
        default long generation() {
            return 0;
        }
    }

    /**
     * Operations on the tree, all or none.
     *
     * @param stamp null: outside any session
     * @param generation of the session at the origin; 0 without a stamp
     * @param multi whether the client asked for a multi, even of one operation
     * @param identities who the client is, as the origin resolved it
     */
    public record Write(
            @Nullable WriteStamp stamp,
            long generation,
            boolean multi,
            List<Operation> operations,
            List<Identity> identities)
            implements Body {}

    /** @param passwordHash SHA-256 of the password that the origin drew */
    public record OpenSession(int timeoutMillis, byte[] passwordHash) implements Body {}

    /** @param passwordHash SHA-256 of the password that the client sent */
    public record AttachSession(SessionId session, byte[] passwordHash) implements Body {}

    public record CloseSession(WriteStamp stamp, long generation) implements Body {}

    /** By the leader, for a session it has not heard of; void if the session was attached again meanwhile. */
    public record ExpireSession(SessionId session, long generation) implements Body {}

    /** A numbered write that was refused for good before the log: it keeps its number (decision 2). */
    public record RefusedWrite(WriteStamp stamp, long generation, ErrorCode code, String path, String message)
            implements Body {}
}
