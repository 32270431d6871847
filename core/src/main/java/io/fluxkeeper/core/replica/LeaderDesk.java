package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.Effects;
import io.fluxkeeper.core.protocol.ErrorCode;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a leader gives requests their place in the log. It knows the next cxid it has proposed for each session, so a
 * gap is answered without an entry; {@code apply} remains the rule (architecture, decision 2).
 */
final class LeaderDesk {
    /** Why a request got no place. @param expected the next cxid for a GAP, else 0 */
    record Refusal(ErrorCode code, long expected, String message) {}

    private static final Refusal TOO_BUSY =
            new Refusal(ErrorCode.TOO_BUSY, 0, "too many writes are under way; nothing was taken, try again later");
    private static final Refusal DISK_FULL = new Refusal(
            ErrorCode.DISK_FULL, 0, "the disk of the leader is at its floor of free space; free some and try again");

    private final AtomicBroadcast broadcast;
    private final Map<SessionId, Long> lastProposed = new HashMap<>();
    private Zxid openAfter = Zxid.ZERO;
    private boolean open;
    private boolean diskLow;
    private boolean storeBehind;
    private long lastTimeMillis;

    LeaderDesk(AtomicBroadcast broadcast) {
        this.broadcast = broadcast;
    }

    /** Leadership is established; requests are taken once everything up to {@code lastLogged} has been applied. */
    void established(Zxid lastLogged) {
        lastProposed.clear();
        openAfter = lastLogged;
        open = true;
    }

    void close() {
        open = false;
    }

    void diskLow(boolean low) {
        diskLow = low;
    }

    void storeBehind(boolean behind) {
        storeBehind = behind;
    }

    /** Whether requests are taken now. What comes earlier waits, what comes to a peer that does not lead is not for it. */
    boolean isOpen(StateMachine state) {
        return open
                && state.applied().compareTo(openAfter) >= 0
                && broadcast.availability() != AtomicBroadcast.Availability.NOT_LEADING
                && broadcast.availability() != AtomicBroadcast.Availability.HANDING_OVER;
    }

    /** @return null when the request has its place, or needs none since it is under way already */
    @Nullable Refusal submit(SessionId session, long cxid, byte[] payload, long nowMillis, StateMachine state, Effects effects) {
        if (broadcast.availability() == AtomicBroadcast.Availability.FULL || storeBehind) {
            return TOO_BUSY;
        }
        if (diskLow) {
            return DISK_FULL;
        }
        if (cxid != 0) {
            StateMachine.SessionView view = state.session(session);
            long applied = view == null ? 0 : view.lastCxid();
            long proposed = Math.max(applied, lastProposed.getOrDefault(session, 0L));
            if (view != null && cxid > proposed + 1) {
                return new Refusal(ErrorCode.GAP, proposed + 1, "cxid " + cxid + " came before cxid " + (proposed + 1));
            }
            if (cxid <= proposed && cxid > applied) {
                return null; // proposed and not applied: its origin answers it when it is
            }
            lastProposed.put(session, Math.max(cxid, proposed));
        }
        propose(payload, nowMillis, state, effects);
        return null;
    }

    /** Gives a payload its time and its place. Only while {@link #isOpen}. */
    @Nullable Zxid propose(byte[] payload, long nowMillis, StateMachine state, Effects effects) {
        lastTimeMillis = Math.max(Math.max(nowMillis, lastTimeMillis), state.lastTimeMillis());
        byte[] timed = payload.clone(); // the origin may have to hand in its own copy again
        TransactionCodec.stampTime(timed, lastTimeMillis);
        return broadcast.propose(timed, effects);
    }

    void sessionEnded(SessionId session) {
        lastProposed.remove(session);
    }
}
