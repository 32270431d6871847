package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ServerReply;
import java.util.Map;
import java.util.TreeMap;

/**
 * I1: a write that was answered before another one was begun comes before it in zxid order; a sync or a
 * linearizable read shows everything that anybody had been shown before it began.
 */
public final class RealTimeOrder implements Checker {
    /** By time: the highest zxid of a write answered until then. */
    private final TreeMap<Long, Zxid> written = new TreeMap<>();

    /** By time: the highest zxid that any client was told of until then. */
    private final TreeMap<Long, Zxid> shown = new TreeMap<>();

    @Override
    public void answered(Call call) {
        ServerReply reply = call.reply();
        if (call.request() instanceof ClientRequest.WriteRequest) {
            Zxid before = before(written, call.invokedAt());
            if (before.compareTo(reply.zxid()) >= 0) {
                throw new Violation("real-time order", "%s, and %s was answered before", call, before);
            }
            raise(written, call.answeredAt(), reply.zxid());
        } else if (reply instanceof ServerReply.Synced || call.isLinearizable()) {
            Zxid before = before(shown, call.invokedAt());
            if (before.isAfter(reply.zxid())) {
                throw new Violation("sync is linearizable", "%s, and %s was shown before", call, before);
            }
        }
        raise(shown, call.answeredAt(), reply.zxid());
    }

    private static Zxid before(TreeMap<Long, Zxid> highest, long time) {
        Map.Entry<Long, Zxid> entry = highest.lowerEntry(time);
        return entry == null ? Zxid.ZERO : entry.getValue();
    }

    private static void raise(TreeMap<Long, Zxid> highest, long now, Zxid zxid) {
        Zxid before = highest.isEmpty() ? Zxid.ZERO : highest.lastEntry().getValue();
        highest.put(now, Zxid.max(before, zxid));
    }
}
