package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A leader's memory of when it last heard of each session. Volatile: a new leader starts every session with its full
 * timeout. Deadlines are kept by tick and looked at lazily, so a touch costs one map access.
 */
final class SessionExpiry {
    private static final class Lease {
        long timeoutTicks;

        /** When it was heard of, or its end proposed, whichever came last. */
        long beganAtTick;

        Lease(long timeoutTicks, long beganAtTick) {
            this.timeoutTicks = timeoutTicks;
            this.beganAtTick = beganAtTick;
        }

        long deadline() {
            return beganAtTick + timeoutTicks;
        }
    }

    private final Map<SessionId, Lease> leases = new HashMap<>();
    private final TreeMap<Long, Set<SessionId>> byDeadline = new TreeMap<>();

    void clear() {
        leases.clear();
        byDeadline.clear();
    }

    /** A session was opened or attached again, or its leader is new. */
    void start(SessionId session, long timeoutTicks, long tick) {
        Lease lease = leases.get(session);
        if (lease == null) {
            leases.put(session, new Lease(timeoutTicks, tick));
            schedule(session, tick + timeoutTicks);
        } else {
            lease.timeoutTicks = timeoutTicks; // its place among the deadlines is looked at when it comes up
            lease.beganAtTick = tick;
        }
    }

    void end(SessionId session) {
        leases.remove(session);
    }

    /** The session was heard of, or its end was proposed: its timeout begins anew. */
    void touch(SessionId session, long tick) {
        Lease lease = leases.get(session);
        if (lease != null) {
            lease.beganAtTick = tick;
        }
    }

    /**
     * Sessions whose deadline passed before {@code heardTick}, in the order in which they were due. Each comes again with
     * the next tick until its end is proposed ({@link #touch}), and a timeout after that if it lives on.
     *
     * @param heardTick a quorum has been heard at or after this tick, so what it had to say about its sessions is known
     */
    List<SessionId> due(long tick, long heardTick) {
        List<SessionId> due = new ArrayList<>();
        while (!byDeadline.isEmpty() && byDeadline.firstKey() < Math.min(tick, heardTick)) {
            for (SessionId session : byDeadline.pollFirstEntry().getValue()) {
                Lease lease = leases.get(session);
                if (lease == null) {
                    continue; // ended
                }
                boolean isDue = lease.deadline() < Math.min(tick, heardTick);
                if (isDue) {
                    due.add(session);
                }
                schedule(session, isDue ? tick : lease.deadline());
            }
        }
        return due;
    }

    private void schedule(SessionId session, long deadline) {
        byDeadline.computeIfAbsent(deadline, d -> new LinkedHashSet<>()).add(session);
    }
}
