package io.fluxkeeper.core.protocol;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client gets; the replying peer had applied everything up to {@link #zxid}. */
public sealed interface ServerReply {
    /** For a write, its transaction; for a read, the last one applied where it was read. */
    Zxid zxid();

    /**
     * The session is attached here.
     *
     * @param zxid the transaction that attached it: its generation
     * @param session its id
     * @param password what attaches it again, 16 bytes; keep it secret
     * @param timeoutMillis the session's timeout
     * @param lastCxid the last write of the session that was executed; 0 for none
     * @param windowMax most writes of the session that may be unacknowledged
     */
    record SessionOpened(Zxid zxid, SessionId session, byte[] password, int timeoutMillis, long lastCxid, int windowMax)
            implements ServerReply {}

    record HeartbeatCounted(Zxid zxid) implements ServerReply {}

    /** What a write in the session's order answers; the reply table keeps it until it is acknowledged. */
    sealed interface WriteReply extends ServerReply {}

    record SessionClosed(Zxid zxid) implements WriteReply {}

    /** @param path the created path, with its number for a sequential mode */
    record Created(Zxid zxid, ZnodePath path, Stat stat) implements WriteReply {}

    record DataSet(Zxid zxid, Stat stat) implements WriteReply {}

    record Deleted(Zxid zxid) implements WriteReply {}

    /** @param results one for each operation, in order */
    record MultiDone(Zxid zxid, List<OperationResult> results) implements WriteReply {}

    /** @param data null and empty differ; a part of it where a part was asked for, and {@code stat} has its length */
    record Data(Zxid zxid, byte @Nullable [] data, Stat stat) implements ServerReply {}

    /** @param stat null when the znode does not exist */
    record Existence(Zxid zxid, @Nullable Stat stat) implements ServerReply {}

    /**
     * @param names in name order
     * @param more whether names follow behind the last one here
     * @param stat of the parent
     * @param pin of a pinned listing with more to come, what its next page is asked with; else null. Every page of it
     *     has the same zxid
     */
    record ChildNames(
            Zxid zxid,
            List<String> names,
            boolean more,
            Stat stat,
            @Nullable Long pin) implements ServerReply {
        public ChildNames(Zxid zxid, List<String> names, boolean more, Stat stat) {
            this(zxid, names, more, stat, null);
        }
    }

    record Unpinned(Zxid zxid) implements ServerReply {}

    record Synced(Zxid zxid) implements ServerReply {}

    /**
     * This peer's view of itself and of the others.
     *
     * @param role {@code LOOKING}, {@code FOLLOWING}, {@code LEADING}, or {@code LEARNING} for a peer without a vote
     * @param epoch the epoch it follows or leads
     * @param zxid the last transaction applied
     * @param leader null when it knows none
     * @param serving whether it takes requests
     * @param note what an operator should know in words; null for nothing
     */
    record Status(
            Zxid zxid,
            PeerId peer,
            String role,
            long epoch,
            @Nullable PeerId leader,
            boolean serving,
            Zxid lastLogged,
            int sessions,
            int connections,
            int watches,
            long znodes,
            String version,
            @Nullable String note)
            implements ServerReply {}

    /**
     * The request was refused.
     *
     * @param zxid for a refusal by the tree, its transaction; else the last one applied
     * @param path the znode concerned; null for none
     * @param message one sentence: what was wrong and what is allowed
     * @param failedOperation the operation of a multi that was refused, from 0; null outside a multi
     * @param expected the version or cxid that was expected; null where it does not apply
     * @param actual the version there is; null where it does not apply
     * @param resume where a stream that was ended goes on; null where it does not apply
     */
    record Refused(
            Zxid zxid,
            ErrorCode code,
            @Nullable String path,
            String message,
            @Nullable Integer failedOperation,
            @Nullable Long expected,
            @Nullable Long actual,
            @Nullable ChangePosition resume)
            implements WriteReply {
        public static Refused of(Zxid zxid, ErrorCode code, String message) {
            return new Refused(zxid, code, null, message, null, null, null, null);
        }

        public static Refused at(Zxid zxid, ErrorCode code, String path, String message) {
            return new Refused(zxid, code, path, message, null, null, null, null);
        }
    }
}
