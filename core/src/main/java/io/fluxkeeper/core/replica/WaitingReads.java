package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest.ReadRequest;
import io.fluxkeeper.core.protocol.ReadStamp;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads that this peer is not fresh enough for: first until it has applied a zxid, then until their session's writes
 * before them are executed. All wait equally long at most.
 */
final class WaitingReads {
    static final class WaitingRead {
        final ReplyHandle handle;
        final ReadRequest request;
        final Zxid atLeast;
        private final long deadlineTick;
        private boolean done;

        WaitingRead(ReplyHandle handle, ReadRequest request, Zxid atLeast, long deadlineTick) {
            this.handle = handle;
            this.request = request;
            this.atLeast = atLeast;
            this.deadlineTick = deadlineTick;
        }
    }

    private final TreeMap<Zxid, List<WaitingRead>> byZxid = new TreeMap<>();
    private final Map<SessionId, List<WaitingRead>> bySession = new HashMap<>();
    private final ArrayDeque<WaitingRead> byDeadline = new ArrayDeque<>();
    private int size;

    int size() {
        return size;
    }

    /** Whether the state is fresh enough for the stamp; {@code atLeast} overrides the stamp's when higher. */
    static boolean isFresh(StateMachine state, ReadStamp stamp, Zxid atLeast) {
        return state.applied().compareTo(atLeast) >= 0 && isAfterOwnWrites(state, stamp);
    }

    void add(WaitingRead read, StateMachine state) {
        size++;
        byDeadline.add(read);
        file(read, state);
    }

    /** The state moved on: gives those that are fresh enough now to {@code ready}. */
    void applied(StateMachine state, Consumer<WaitingRead> ready) {
        while (!byZxid.isEmpty() && byZxid.firstKey().compareTo(state.applied()) <= 0) {
            for (WaitingRead read : byZxid.pollFirstEntry().getValue()) {
                if (!read.done && isAfterOwnWrites(state, read.request.stamp())) {
                    finish(read, ready);
                } else if (!read.done) {
                    file(read, state);
                }
            }
        }
    }

    /** A write of that session was executed. */
    void executed(SessionId session, StateMachine state, Consumer<WaitingRead> ready) {
        List<WaitingRead> reads = bySession.remove(session);
        if (reads == null) {
            return;
        }
        List<WaitingRead> rest = new ArrayList<>();
        for (WaitingRead read : reads) {
            if (!read.done && isAfterOwnWrites(state, read.request.stamp())) {
                finish(read, ready);
            } else if (!read.done) {
                rest.add(read);
            }
        }
        if (!rest.isEmpty()) {
            bySession.put(session, rest);
        }
    }

    /** Gives those that have waited too long to {@code late}. */
    void expire(long tick, Consumer<WaitingRead> late) {
        while (!byDeadline.isEmpty() && (byDeadline.peek().done || byDeadline.peek().deadlineTick <= tick)) {
            WaitingRead read = byDeadline.poll();
            if (!read.done) {
                finish(read, late);
            }
        }
    }

    private void file(WaitingRead read, StateMachine state) {
        if (state.applied().compareTo(read.atLeast) < 0) {
            byZxid.computeIfAbsent(read.atLeast, z -> new ArrayList<>()).add(read);
        } else {
            SessionId session = read.request.stamp().session();
            bySession
                    .computeIfAbsent(session == null ? SessionId.NONE : session, s -> new ArrayList<>())
                    .add(read);
        }
    }

    private void finish(WaitingRead read, Consumer<WaitingRead> then) {
        read.done = true;
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
