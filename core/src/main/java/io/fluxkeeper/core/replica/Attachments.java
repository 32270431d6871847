package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which session is attached on which connection of this peer, and which of them were heard of since the leader was
 * told last. Not replicated: a session is attached here when the entry that attached it had its origin here.
 */
final class Attachments {
    /** A session attached at this peer. */
    static final class Attachment {
        final SessionId session;
        final long connection;

        /** The zxid of the entry that attached it. */
        final long generation;

        private long touchedAtTick = -1;

        Attachment(SessionId session, long connection, long generation) {
            this.session = session;
            this.connection = connection;
            this.generation = generation;
        }
    }

    private final Map<SessionId, Attachment> bySession = new HashMap<>();
    private final Map<Long, Set<SessionId>> byConnection = new HashMap<>();
    private TreeSet<SessionId> touched = new TreeSet<>();

    int size() {
        return bySession.size();
    }

    /** @return the connection it was attached on before, if another; null for none */
    @Nullable Long attach(SessionId session, long connection, long generation) {
        Attachment before = bySession.put(session, new Attachment(session, connection, generation));
        byConnection.computeIfAbsent(connection, c -> new LinkedHashSet<>()).add(session);
        if (before == null || before.connection == connection) {
            return null;
        }
        forget(before);
        return before.connection;
    }

    /** @return the connection it was attached on; null when it was not attached here */
    @Nullable Long detach(SessionId session) {
        Attachment before = bySession.remove(session);
        if (before == null) {
            return null;
        }
        forget(before);
        return before.connection;
    }

    void connectionClosed(long connection) {
        Set<SessionId> sessions = byConnection.remove(connection);
        if (sessions != null) {
            sessions.forEach(bySession::remove);
        }
    }

    @Nullable Attachment find(SessionId session) {
        return bySession.get(session);
    }

    Iterable<Attachment> all() {
        return new ArrayList<>(bySession.values());
    }

    /** The session was heard of; costs next to nothing the second time in a tick. */
    void touch(Attachment attachment, long tick) {
        if (attachment.touchedAtTick != tick) {
            attachment.touchedAtTick = tick;
            touched.add(attachment.session);
        }
    }

    /** Sessions heard of since the last call, in id order. */
    Set<SessionId> takeTouched() {
        Set<SessionId> taken = touched;
        touched = new TreeSet<>();
        return taken;
    }

    private void forget(Attachment attachment) {
        Set<SessionId> there = byConnection.get(attachment.connection);
        if (there != null && there.remove(attachment.session) && there.isEmpty()) {
            byConnection.remove(attachment.connection);
        }
    }
}
