package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.Effects;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.WriteStamp;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a leader gives requests their place in the log. It knows what it has proposed for each session, so a
 * gap is answered without an entry; {@code apply} remains the rule (architecture, decision 2).
 */
final class LeaderDesk {
    /** Why a request got no place. @param expected the next cxid for a GAP, else 0 */
    record Refusal(ErrorCode code, long expected, String message) {}

    /**
     * What is under way of a session. It counts for one generation only: what was handed in by an attachment before
     * will be refused as moved and take no number.
     *
     * @param cxid the highest
     * @param since where the first of them was proposed, or the last one that came again: what was proposed before may
     *     be refused for the gap that it fills
     */
    private record UnderWay(long generation, long cxid, Zxid since) {}

    private static final Refusal TOO_BUSY =
            new Refusal(ErrorCode.TOO_BUSY, 0, "too many writes are under way; nothing was taken, try again later");
    private static final Refusal DISK_FULL = new Refusal(
            ErrorCode.DISK_FULL,
            0,
            "the disk of the leader, or of so many followers that no quorum is left, is at its floor of free space; free"
                    + " some and try again");

    private final AtomicBroadcast broadcast;
    private final TreeRoom treeRoom;
    private final Map<SessionId, UnderWay> underWay = new HashMap<>();
    private Zxid openAfter = Zxid.ZERO;
    private boolean open;
    private boolean storeBehind;
    private long lastTimeMillis;

    LeaderDesk(AtomicBroadcast broadcast, TreeRoom treeRoom) {
        this.broadcast = broadcast;
        this.treeRoom = treeRoom;
    }

    /** Leadership is established; requests are taken once everything up to {@code lastLogged} has been applied. */
    void established(Zxid lastLogged) {
        underWay.clear();
        openAfter = lastLogged;
        open = true;
    }

    void close() {
        open = false;
    }

    void storeBehind(boolean behind) {
        storeBehind = behind;
    }

    /** Whether requests are taken now. What comes earlier waits, what comes to a peer that does not lead is not for it. */
    boolean isOpen(StateMachine state) {
        if (!open || state.applied().compareTo(openAfter) < 0) {
            return false;
        }
        AtomicBroadcast.Availability now = broadcast.availability(); // which counts what is under way
        return now == AtomicBroadcast.Availability.READY || now == AtomicBroadcast.Availability.FULL;
    }

    /**
     * Also what is under way already gets a place when it comes again: where its origin is ahead of this peer it may have
     * seen the first copy refused, and nobody would answer the second. {@code apply} executes one of them.
     *
     * @return null when the request has its place, or goes to the next leader since this one is on its way out
     */
    @Nullable Refusal submit(
            SessionId session,
            long generation,
            long cxid,
            byte[] payload,
            long nowMillis,
            StateMachine state,
            Effects effects) {
        if (broadcast.availability() == AtomicBroadcast.Availability.FULL || storeBehind) {
            return TOO_BUSY;
        }
        if (!broadcast.hasDiskRoom()) {
            return DISK_FULL;
        }
        StateMachine.SessionView view = cxid == 0 ? null : state.session(session);
        UnderWay before = cxid == 0 ? null : underWay.get(session);
        UnderWay same = before != null && before.generation == generation ? before : null;
        long applied = 0;
        if (view != null && view.generation() == generation) {
            applied = view.lastCxid();
            long last = same == null ? applied : Math.max(applied, same.cxid);
            if (cxid > last + 1) {
                return new Refusal(ErrorCode.GAP, last + 1, "cxid " + cxid + " came before cxid " + (last + 1));
            }
        }
        String treeFull = treeRoom.whyNot(payload, state);
        if (treeFull != null && cxid == 0) {
            return new Refusal(ErrorCode.TREE_FULL, 0, treeFull);
        }
        Zxid zxid = propose(treeFull == null ? payload : refusedFor(payload, treeFull), nowMillis, state, effects);
        boolean stale =
                before != null && before.generation > generation || view != null && view.generation() > generation;
        if (zxid != null && cxid != 0 && !stale) {
            boolean fillsGap = same != null && cxid <= same.cxid && cxid > applied;
            UnderWay now = same == null
                    ? new UnderWay(generation, cxid, zxid)
                    : new UnderWay(generation, Math.max(cxid, same.cxid), fillsGap ? zxid : same.since);
            underWay.put(session, now);
        }
        return null;
    }

    /** It takes its number all the same: whoever is to make room may have to write behind it in the same session. */
    private static byte[] refusedFor(byte[] payload, String treeFull) {
        Transaction transaction = TransactionCodec.decode(payload);
        Transaction.Write write = (Transaction.Write) transaction.body();
        return TransactionCodec.encode(new Transaction(
                0,
                transaction.origin(),
                new Transaction.RefusedWrite(
                        Objects.requireNonNull(write.stamp()), write.generation(), ErrorCode.TREE_FULL, "", treeFull)));
    }

    /**
     * A numbered write was executed. If it was refused without taking its number, then so will be what is under way
     * behind it, and its number may come again.
     */
    void executed(Zxid zxid, WriteStamp stamp, long generation, StateMachine state) {
        UnderWay of = underWay.get(stamp.session());
        if (of == null || of.generation != generation || zxid.compareTo(of.since) < 0) {
            return;
        }
        StateMachine.SessionView view = state.session(stamp.session());
        if (view == null || view.lastCxid() < stamp.cxid() || view.lastCxid() >= of.cxid) {
            underWay.remove(stamp.session());
        }
    }

    /**
     * Gives a payload its time and its place. Only while {@link #isOpen}.
     *
     * @return its place; null when there is no room, or this leader is on its way out
     */
    @Nullable Zxid propose(byte[] payload, long nowMillis, StateMachine state, Effects effects) {
        lastTimeMillis = Math.max(Math.max(nowMillis, lastTimeMillis), state.lastTimeMillis());
        byte[] timed = payload.clone(); // the origin may have to hand in its own copy again
        TransactionCodec.stampTime(timed, lastTimeMillis);
        return broadcast.propose(timed, effects);
    }

    void sessionEnded(SessionId session) {
        underWay.remove(session);
    }
}
