package io.fluxkeeper.core.session;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.protocol.ServerReply.WriteReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All live sessions with their reply tables, and the replies of those that ended lately. Questions change nothing; the
 * methods that take a {@link Sink} change the table and tell it every row. Not for several threads.
 */
public final class SessionTable {
    private final EnsembleSettings settings;
    private final BinaryWriter scratch = new BinaryWriter();
    private final TreeMap<SessionId, LiveSession> live = new TreeMap<>();

    /** In the order in which they ended. */
    private final Map<SessionId, EndedSession> ended = new LinkedHashMap<>();

    /** Is told each row that changes, and gives the rows hashes that the table keeps for it. */
    public interface Sink {
        /**
         * @param hashBefore of the row in its place; 0 when it is added
         * @return the hash of the row
         */
        long sessionPut(boolean added, long hashBefore, Session session);

        void sessionRemoved(SessionId id, long hash);

        /** @return the hash of the row */
        long replyAdded(SessionId id, long cxid, byte[] reply);

        void replyRemoved(SessionId id, long cxid, long hash);

        void endedAdded(EndedSession session);

        void endedRemoved(EndedSession session);
    }

    public SessionTable(EnsembleSettings settings) {
        this.settings = settings;
    }

    public EnsembleSettings settings() {
        return settings;
    }

    /** Null when there is no such session. */
    public @Nullable LiveSession get(SessionId id) {
        return live.get(id);
    }

    public int size() {
        return live.size();
    }

    /** In id order; a view. */
    public Collection<LiveSession> all() {
        return Collections.unmodifiableCollection(live.values());
    }

    /** The reply to a write of a live or lately ended session, if it was executed and is not acknowledged. */
    public @Nullable WriteReply recordedReply(SessionId id, long cxid) {
        LiveSession found = live.get(id);
        if (found != null) {
            return decoded(found.replies.find(cxid));
        }
        EndedSession gone = ended.get(id);
        return gone == null ? null : decoded(gone.find(cxid));
    }

    /**
     * The gate of a numbered write (exactly once, in session order). Its tests come in this order and no other: a
     * session that ended, another generation, a number that was had, a gap, a full window.
     *
     * @return what to answer instead of executing it; null to execute it and {@link #record} its reply
     */
    public @Nullable WriteReply whyNotExecute(Zxid zxid, WriteStamp stamp, long generation) {
        LiveSession found = live.get(stamp.session());
        if (found == null) {
            WriteReply kept = recordedReply(stamp.session(), stamp.cxid());
            return kept != null ? kept : over(zxid, stamp.session());
        }
        Session session = found.session();
        if (session.generation() != generation) {
            return moved(zxid, session);
        }
        if (stamp.cxid() <= found.lastCxid()) {
            WriteReply recorded = decoded(found.replies.find(stamp.cxid()));
            return recorded != null ? recorded : acknowledged(zxid, found.replies.acked(), stamp);
        }
        if (stamp.cxid() > found.lastCxid() + 1) {
            return gap(zxid, found.lastCxid() + 1, stamp);
        }
        long acked = Math.max(found.replies.acked(), stamp.acked());
        boolean full = stamp.cxid() - acked > session.windowMax()
                || found.replies.bytes() >= session.replyBytesMax()
                        && found.replies.bytesAfter(acked) >= session.replyBytesMax();
        return full ? windowFull(zxid, session, stamp.cxid() - acked - 1) : null;
    }

    /** Why the session cannot be attached with this password; null when it can. */
    public @Nullable Refused whyNotAttach(Zxid zxid, SessionId id, byte[] passwordHash) {
        LiveSession found = get(id);
        return found != null && found.session().hasPassword(passwordHash) ? null : over(zxid, id);
    }

    /** Why the session cannot be expired for its silence in that generation; null when it can. */
    public @Nullable Refused whyNotExpire(Zxid zxid, SessionId id, long generation) {
        LiveSession found = get(id);
        if (found == null) {
            return over(zxid, id);
        }
        return found.session().generation() == generation ? null : moved(zxid, found.session());
    }

    /** Why there cannot be one more session; null when there can. */
    public @Nullable Refused whyNotOpen(Zxid zxid) {
        return live.size() < settings.sessionsMax()
                ? null
                : Refused.of(
                        zxid,
                        ErrorCode.LIMIT_REACHED,
                        "there are " + live.size() + " sessions, and " + settings.sessionsMax() + " is the limit");
    }

    /** A new session, not in the table yet. */
    public Session opened(Zxid zxid, int timeoutMillisWanted, byte[] passwordHash) {
        return new Session(
                new SessionId(zxid.value()),
                zxid.value(),
                settings.negotiatedTimeoutMillis(timeoutMillisWanted),
                passwordHash,
                settings.windowWritesMax(),
                settings.replyTableBytesMax());
    }

    /** A session of the table with a new generation, not in the table yet. */
    public Session attached(Zxid zxid, SessionId id) {
        return require(id).session().attached(zxid.value());
    }

    /** Puts what {@link #opened} or {@link #attached} gave into the table. */
    public void put(Session session, Sink sink) {
        LiveSession found = live.get(session.id());
        LiveSession put = found == null ? new LiveSession(session) : found;
        if (found == null) {
            live.put(session.id(), put);
        } else {
            put.attached(session);
        }
        put.hash = sink.sessionPut(found == null, put.hash, session);
    }

    /** Records the reply to a write that {@link #whyNotExecute} let pass, and drops what is acknowledged. */
    public void record(WriteStamp stamp, WriteReply reply, Sink sink) {
        SessionId id = stamp.session();
        ReplyTable replies = require(id).replies;
        while (replies.first() <= stamp.acked()) {
            removeFirstReply(id, replies, sink);
        }
        byte[] encoded = WriteReplyCodec.encode(reply, scratch);
        replies.add(stamp.cxid(), encoded, sink.replyAdded(id, stamp.cxid(), encoded));
    }

    /** Ends a live session; its replies are kept until enough others have ended. */
    public void end(Zxid zxid, SessionId id, Sink sink) {
        LiveSession gone = require(id);
        live.remove(id);
        sink.sessionRemoved(id, gone.hash);
        ReplyTable replies = gone.replies;
        EndedSession rest = new EndedSession(zxid, id, replies.first(), replies.replies());
        while (replies.first() <= replies.last()) {
            removeFirstReply(id, replies, sink);
        }
        if (settings.endedSessionsMax() == 0) {
            return;
        }
        if (ended.size() == settings.endedSessionsMax()) {
            EndedSession oldest = ended.values().iterator().next();
            ended.remove(oldest.id());
            sink.endedRemoved(oldest);
        }
        ended.put(id, rest);
        sink.endedAdded(rest);
    }

    /** Puts a stored session back. @param hash as a {@link Sink} would give it */
    public void restore(Session session, long hash) {
        LiveSession restored = new LiveSession(session);
        restored.hash = hash;
        live.put(session.id(), restored);
    }

    /**
     * Puts a stored reply back, in cxid order.
     *
     * @param hash as a {@link Sink} would give it
     * @return what is wrong with it; null for nothing
     */
    public @Nullable String restoreReply(SessionId id, long cxid, byte[] encoded, long hash) {
        LiveSession found = live.get(id);
        if (found == null) {
            return "a reply belongs to session " + id + ", which is not there";
        }
        ReplyTable replies = found.replies;
        if (replies.last() == 0 && cxid > 0) {
            replies.restoreFrom(cxid);
        } else if (cxid != replies.last() + 1) {
            return "reply " + cxid + " of session " + id + " comes behind " + replies.last();
        }
        replies.add(cxid, encoded, hash);
        return null;
    }

    /** Puts a session that ended back, in the order in which they ended. */
    public void restoreEnded(EndedSession session) {
        ended.put(session.id(), session);
    }

    private static void removeFirstReply(SessionId id, ReplyTable replies, Sink sink) {
        sink.replyRemoved(id, replies.first(), replies.firstHash());
        replies.removeFirst();
    }

    private LiveSession require(SessionId id) {
        LiveSession found = live.get(id);
        if (found == null) {
            throw new Invariant.Broken("session " + id + " is not there");
        }
        return found;
    }

    private static @Nullable WriteReply decoded(byte @Nullable [] encoded) {
        return encoded == null ? null : WriteReplyCodec.decode(encoded);
    }

    /** Also for a wrong password: who guesses must not learn that the session exists. */
    private static Refused over(Zxid zxid, SessionId id) {
        return Refused.of(zxid, ErrorCode.SESSION_EXPIRED, "session " + id + " is over, or this is not its password");
    }

    private static Refused moved(Zxid zxid, Session session) {
        return Refused.of(
                zxid,
                ErrorCode.SESSION_MOVED,
                "session " + session.id() + " was attached again at " + new Zxid(session.generation()));
    }

    private static Refused acknowledged(Zxid zxid, long acked, WriteStamp stamp) {
        return Refused.of(
                zxid,
                ErrorCode.BAD_ARGUMENTS,
                "write " + stamp.cxid() + " of session " + stamp.session()
                        + " was executed and its reply is gone, since replies up to " + acked + " were acknowledged");
    }

    private static Refused gap(Zxid zxid, long next, WriteStamp stamp) {
        return new Refused(
                zxid,
                ErrorCode.GAP,
                null,
                "write " + stamp.cxid() + " of session " + stamp.session() + " came before write " + next,
                null,
                next,
                stamp.cxid(),
                null);
    }

    private static Refused windowFull(Zxid zxid, Session session, long unacknowledged) {
        return Refused.of(
                zxid,
                ErrorCode.WINDOW_FULL,
                "session " + session.id() + " has " + unacknowledged + " replies not acknowledged, of "
                        + session.windowMax() + " writes or " + session.replyBytesMax() + " bytes allowed");
    }
}
