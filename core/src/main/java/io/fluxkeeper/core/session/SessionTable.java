package io.fluxkeeper.core.session;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.protocol.ServerReply.WriteReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All live sessions with their reply tables, and the replies of those that ended lately. Questions change nothing; the
 * methods that take a {@link Sink} change the table and tell it every row. Not for several threads.
 */
public final class SessionTable {
    private final EnsembleSettings settings;
    private final TreeMap<SessionId, Live> live = new TreeMap<>();

    /** In the order in which they ended. */
    private final Map<SessionId, EndedSession> ended = new LinkedHashMap<>();

    /** Is told each row that changes; null stands for a row that was not there, or is not there any more. */
    public interface Sink {
        void sessionChanged(SessionId id, @Nullable Session before, @Nullable Session after);

        void replyChanged(SessionId id, long cxid, byte @Nullable [] before, byte @Nullable [] after);

        void endedChanged(Zxid key, @Nullable EndedSession before, @Nullable EndedSession after);
    }

    private static final class Live {
        private Session session;
        private final ReplyTable replies;

        Live(Session session) {
            this.session = session;
            this.replies = new ReplyTable(session.acked());
        }
    }

    public SessionTable(EnsembleSettings settings) {
        this.settings = settings;
    }

    public EnsembleSettings settings() {
        return settings;
    }

    /** Null when there is no such session. */
    public @Nullable Session get(SessionId id) {
        Live found = live.get(id);
        return found == null ? null : found.session;
    }

    public int size() {
        return live.size();
    }

    /** In id order, as they are now. */
    public List<Session> all() {
        List<Session> all = new ArrayList<>(live.size());
        for (Live each : live.values()) {
            all.add(each.session);
        }
        return all;
    }

    /** The reply to a write of a live or lately ended session, if it was executed and is not acknowledged. */
    public @Nullable WriteReply recordedReply(SessionId id, long cxid) {
        Live found = live.get(id);
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
        Live found = live.get(stamp.session());
        if (found == null) {
            WriteReply kept = recordedReply(stamp.session(), stamp.cxid());
            return kept != null ? kept : over(zxid, stamp.session());
        }
        Session session = found.session;
        if (session.generation() != generation) {
            return moved(zxid, session);
        }
        if (stamp.cxid() <= session.lastCxid()) {
            WriteReply recorded = decoded(found.replies.find(stamp.cxid()));
            return recorded != null ? recorded : acknowledged(zxid, session, stamp);
        }
        if (stamp.cxid() > session.lastCxid() + 1) {
            return gap(zxid, session, stamp);
        }
        long acked = Math.max(session.acked(), stamp.acked());
        boolean full = stamp.cxid() - acked > session.windowMax()
                || found.replies.bytes() >= session.replyBytesMax()
                        && found.replies.bytesAfter(acked) >= session.replyBytesMax();
        return full ? windowFull(zxid, session, stamp.cxid() - acked - 1) : null;
    }

    /** Why the session cannot be attached with this password; null when it can. */
    public @Nullable Refused whyNotAttach(Zxid zxid, SessionId id, byte[] passwordHash) {
        Session session = get(id);
        return session != null && session.hasPassword(passwordHash) ? null : over(zxid, id);
    }

    /** Why the session cannot be expired for its silence in that generation; null when it can. */
    public @Nullable Refused whyNotExpire(Zxid zxid, SessionId id, long generation) {
        Session session = get(id);
        if (session == null) {
            return over(zxid, id);
        }
        return session.generation() == generation ? null : moved(zxid, session);
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
                settings.replyTableBytesMax(),
                0,
                0);
    }

    /** A session of the table with a new generation, not in the table yet. */
    public Session attached(Zxid zxid, SessionId id) {
        return require(id).session.attached(zxid.value());
    }

    /** Puts what {@link #opened} or {@link #attached} gave into the table. */
    public void put(Session session, Sink sink) {
        Live found = live.get(session.id());
        if (found != null) {
            replace(found, session, sink);
            return;
        }
        live.put(session.id(), new Live(session));
        sink.sessionChanged(session.id(), null, session);
    }

    /** Records the reply to a write that {@link #whyNotExecute} let pass, and drops what is acknowledged. */
    public void record(WriteStamp stamp, WriteReply reply, Sink sink) {
        Live found = require(stamp.session());
        long acked = Math.max(found.session.acked(), stamp.acked());
        while (found.replies.first() <= acked) {
            long cxid = found.replies.first();
            sink.replyChanged(stamp.session(), cxid, found.replies.removeFirst(), null);
        }
        byte[] encoded = WriteReplyCodec.encode(reply);
        found.replies.add(stamp.cxid(), encoded);
        sink.replyChanged(stamp.session(), stamp.cxid(), null, encoded);
        replace(found, found.session.executed(stamp.cxid(), acked), sink);
    }

    /** Ends a live session; its replies are kept until enough others have ended. */
    public void end(Zxid zxid, SessionId id, Sink sink) {
        Live gone = require(id);
        live.remove(id);
        sink.sessionChanged(id, gone.session, null);
        EndedSession rest = new EndedSession(zxid, id, gone.replies.first(), gone.replies.replies());
        while (gone.replies.first() <= gone.replies.last()) {
            long cxid = gone.replies.first();
            sink.replyChanged(id, cxid, gone.replies.removeFirst(), null);
        }
        if (settings.endedSessionsMax() == 0) {
            return;
        }
        if (ended.size() == settings.endedSessionsMax()) {
            EndedSession oldest = ended.values().iterator().next();
            ended.remove(oldest.id());
            sink.endedChanged(oldest.ended(), oldest, null);
        }
        ended.put(id, rest);
        sink.endedChanged(zxid, null, rest);
    }

    /** Puts a stored session back. */
    public void restore(Session session) {
        live.put(session.id(), new Live(session));
    }

    /** Puts a stored reply back, in cxid order. @return what is wrong with it; null for nothing */
    public @Nullable String restoreReply(SessionId id, long cxid, byte[] encoded) {
        Live found = live.get(id);
        if (found == null) {
            return "a reply belongs to session " + id + ", which is not there";
        }
        if (cxid != found.replies.last() + 1) {
            return "reply " + cxid + " of session " + id + " comes behind " + found.replies.last();
        }
        found.replies.add(cxid, encoded);
        return null;
    }

    /** Puts a session that ended back, in the order in which they ended. */
    public void restoreEnded(EndedSession session) {
        ended.put(session.id(), session);
    }

    /** What is wrong with the whole of what was restored; null for nothing. */
    public @Nullable String whatIsWrong() {
        for (Live each : live.values()) {
            if (each.replies.last() != each.session.lastCxid()) {
                return "session " + each.session.id() + " has executed " + each.session.lastCxid()
                        + " writes and keeps replies up to " + each.replies.last();
            }
        }
        return null;
    }

    private void replace(Live found, Session after, Sink sink) {
        Session before = found.session;
        found.session = after;
        sink.sessionChanged(after.id(), before, after);
    }

    private Live require(SessionId id) {
        Live found = live.get(id);
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

    private static Refused acknowledged(Zxid zxid, Session session, WriteStamp stamp) {
        return Refused.of(
                zxid,
                ErrorCode.BAD_ARGUMENTS,
                "write " + stamp.cxid() + " of session " + session.id()
                        + " was executed and its reply is gone, since replies up to " + session.acked()
                        + " were acknowledged");
    }

    private static Refused gap(Zxid zxid, Session session, WriteStamp stamp) {
        long next = session.lastCxid() + 1;
        return new Refused(
                zxid,
                ErrorCode.GAP,
                null,
                "write " + stamp.cxid() + " of session " + session.id() + " came before write " + next,
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
