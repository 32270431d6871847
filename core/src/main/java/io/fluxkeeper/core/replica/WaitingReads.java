package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest.ReadRequest;
import io.fluxkeeper.core.protocol.ReadStamp;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads that this peer is not fresh enough for: first until it has applied a zxid, then until their session's writes
 * before them are executed. Each waits until its deadline at most.
 */
final class WaitingReads {
    static final class WaitingRead {
        final long connection;
        final ReplyHandle handle;
        final ReadRequest request;
        final Zxid atLeast;
        private final long deadlineTick;

        WaitingRead(long connection, ReplyHandle handle, ReadRequest request, Zxid atLeast, long deadlineTick) {
            this.connection = connection;
            this.handle = handle;
            this.request = request;
            this.atLeast = atLeast;
            this.deadlineTick = deadlineTick;
        }
    }

    private final TreeMap<Zxid, Set<WaitingRead>> byZxid = new TreeMap<>();
    private final Map<SessionId, Set<WaitingRead>> bySession = new HashMap<>();
    private final TreeMap<Long, Set<WaitingRead>> byDeadline = new TreeMap<>();
    private int size;

    int size() {
        return size;
    }

    /** Reads still filed under what they wait for; for tests. */
    int filed() {
        return byZxid.values().stream().mapToInt(Set::size).sum()
                + bySession.values().stream().mapToInt(Set::size).sum();
    }

    /** Whether the state is fresh enough for the stamp; {@code atLeast} overrides the stamp's when higher. */
    static boolean isFresh(StateMachine state, ReadStamp stamp, Zxid atLeast) {
        return state.applied().compareTo(atLeast) >= 0 && isAfterOwnWrites(state, stamp);
    }

    void add(WaitingRead read, StateMachine state) {
        size++;
        byDeadline
                .computeIfAbsent(read.deadlineTick, tick -> new LinkedHashSet<>())
                .add(read);
        file(read, state);
    }

    /** The state moved on: gives those that are fresh enough now to {@code ready}. */
    void applied(StateMachine state, Consumer<WaitingRead> ready) {
        while (!byZxid.isEmpty() && byZxid.firstKey().compareTo(state.applied()) <= 0) {
            for (WaitingRead read : byZxid.pollFirstEntry().getValue()) {
                if (isAfterOwnWrites(state, read.request.stamp())) {
                    finish(read, ready);
                } else {
                    file(read, state);
                }
            }
        }
    }

    /** A write of that session was executed, or the session ended. */
    void executed(SessionId session, StateMachine state, Consumer<WaitingRead> ready) {
        Set<WaitingRead> reads = bySession.remove(session);
        if (reads == null) {
            return;
        }
        for (WaitingRead read : reads) {
            if (isAfterOwnWrites(state, read.request.stamp())) {
                finish(read, ready);
            } else {
                file(read, state);
            }
        }
    }

    /** The state was replaced: it may contain writes that were never executed here one by one. */
    void stateReplaced(StateMachine state, Consumer<WaitingRead> ready) {
        List.copyOf(bySession.keySet()).forEach(session -> executed(session, state, ready));
    }

    /** Gives those that have waited too long to {@code late}. */
    void expire(long tick, Consumer<WaitingRead> late) {
        while (!byDeadline.isEmpty() && byDeadline.firstKey() <= tick) {
            for (WaitingRead read : byDeadline.pollFirstEntry().getValue()) {
                forget(read);
                finish(read, late);
            }
        }
    }

    private void file(WaitingRead read, StateMachine state) {
        if (state.applied().compareTo(read.atLeast) < 0) {
            byZxid.computeIfAbsent(read.atLeast, z -> new LinkedHashSet<>()).add(read);
        } else {
            bySession
                    .computeIfAbsent(sessionOf(read), s -> new LinkedHashSet<>())
                    .add(read);
        }
    }

    /** What it waited for may never come: it must not stay behind. */
    private void forget(WaitingRead read) {
        Set<WaitingRead> byPlace = byZxid.get(read.atLeast);
        if (byPlace != null && byPlace.remove(read) && byPlace.isEmpty()) {
            byZxid.remove(read.atLeast);
        }
        Set<WaitingRead> ofSession = bySession.get(sessionOf(read));
        if (ofSession != null && ofSession.remove(read) && ofSession.isEmpty()) {
            bySession.remove(sessionOf(read));
        }
    }

    private static SessionId sessionOf(WaitingRead read) {
        SessionId session = read.request.stamp().session();
        return session == null ? SessionId.NONE : session;
    }

    private void finish(WaitingRead read, Consumer<WaitingRead> then) {
        Set<WaitingRead> withIt = byDeadline.get(read.deadlineTick);
        if (withIt != null && withIt.remove(read) && withIt.isEmpty()) {
            byDeadline.remove(read.deadlineTick);
        }
        size--;
        then.accept(read);
    }

    private static boolean isAfterOwnWrites(StateMachine state, ReadStamp stamp) {
        @Nullable SessionId session = stamp.session();
        if (session == null || stamp.after() == 0) {
            return true;
        }
        StateMachine.SessionView view = state.session(session);
        return view == null || view.lastCxid() >= stamp.after(); // of a session that ended nothing more will come
    }
}
