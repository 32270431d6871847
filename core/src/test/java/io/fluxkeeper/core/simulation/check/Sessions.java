package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.replica.Transaction;
import java.util.HashMap;
import java.util.Map;

/**
 * I8: a session does not expire within its timeout of the last heartbeat whose confirmation reached the client, and a
 * client hears of an end only if there was one.
 */
public final class Sessions implements Checker {
    private final Map<SessionId, Integer> timeouts = new HashMap<>();

    /** Until when the client may rely on the session, in milliseconds. */
    private final Map<SessionId, Long> leases = new HashMap<>();

    private final Map<SessionId, Long> expired = new HashMap<>();

    private final Model model;

    public Sessions(Model model) {
        this.model = model;
    }

    @Override
    public void executed(Model.Executed executed, long now) {
        if (executed.ended() && executed.transaction().body() instanceof Transaction.ExpireSession) {
            expired.put(executed.session(), now);
            long lease = leases.getOrDefault(executed.session(), 0L);
            if (now < lease) {
                throw new Violation(
                        "sessions",
                        "%s expired at %s, its client could rely on it until %s",
                        executed.session(),
                        now,
                        lease);
            }
        }
    }

    @Override
    public void answered(Call call) {
        ServerReply reply = call.reply();
        if (reply instanceof ServerReply.SessionOpened opened) {
            timeouts.put(opened.session(), opened.timeoutMillis());
            extend(opened.session(), call);
        } else if (reply instanceof ServerReply.HeartbeatCounted) {
            extend(call.session(), call);
        }
    }

    @Override
    public void sessionOver(Call call) {
        if (model.sessions().endOf(call.session()) == null) {
            throw new Violation("sessions", "%s was told that the session is over, and it is not", call);
        }
    }

    private void extend(SessionId session, Call call) {
        long lease = call.invokedAt() + timeouts.get(session);
        leases.merge(session, lease, Math::max);
        Long end = expired.get(session);
        if (end != null && end < lease) {
            throw new Violation("sessions", "%s, and the session had expired at %s", call, end);
        }
    }
}
