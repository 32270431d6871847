package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.WriteStamp;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The rules of sessions, as plainly as they can be written: who lives, in which generation, and what is next. */
public final class ModelSessions {
    private static final class Live {
        final byte[] passwordHash;
        long generation;
        long lastCxid;

        Live(byte[] passwordHash, long generation) {
            this.passwordHash = passwordHash;
            this.generation = generation;
        }
    }

    private final TreeMap<SessionId, Live> live = new TreeMap<>();
    private final TreeMap<SessionId, Zxid> ended = new TreeMap<>();

    SessionId open(Zxid zxid, byte[] passwordHash) {
        SessionId id = new SessionId(zxid.value());
        live.put(id, new Live(passwordHash, zxid.value()));
        return id;
    }

    /** @return whether there is such a session with that password */
    boolean attach(Zxid zxid, SessionId id, byte[] passwordHash) {
        Live found = live.get(id);
        if (found == null || !java.util.Arrays.equals(found.passwordHash, passwordHash)) {
            return false;
        }
        found.generation = zxid.value();
        return true;
    }

    /** Whether the write is the next one of its session, sent where the session is; if so it takes its number. */
    boolean take(WriteStamp stamp, long generation) {
        Live found = live.get(stamp.session());
        if (found == null || found.generation != generation || stamp.cxid() != found.lastCxid + 1) {
            return false;
        }
        found.lastCxid = stamp.cxid();
        return true;
    }

    boolean isIn(SessionId id, long generation) {
        Live found = live.get(id);
        return found != null && found.generation == generation;
    }

    void end(Zxid zxid, SessionId id) {
        live.remove(id);
        ended.put(id, zxid);
    }

    /** Whether it had begun and not ended after that transaction. */
    public boolean isLiveAt(SessionId id, Zxid zxid) {
        boolean known = live.containsKey(id) || ended.containsKey(id);
        Zxid end = ended.get(id);
        return known && id.value() <= zxid.value() && (end == null || end.isAfter(zxid));
    }

    /** Null for a session that lives, or never did. */
    public @Nullable Zxid endOf(SessionId id) {
        return ended.get(id);
    }

    public Iterable<SessionId> live() {
        return live.keySet();
    }
}
