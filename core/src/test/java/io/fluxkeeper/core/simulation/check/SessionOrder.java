package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * I2: a session's writes come in the order of their numbers; what it reads is never older than what it saw, and never
 * without the writes it sent before.
 */
public final class SessionOrder implements Checker {
    private final Map<SessionId, TreeMap<Long, Zxid>> writes = new HashMap<>();
    private final Model model;

    public SessionOrder(Model model) {
        this.model = model;
    }

    @Override
    public void answered(Call call) {
        ServerReply reply = call.reply();
        WriteStamp stamp = call.stamp();
        if (stamp != null) {
            written(call, stamp, reply.zxid());
        } else if (call.request() instanceof ClientRequest.ReadRequest read) {
            boolean pinned = read instanceof ClientRequest.Children listing
                    && listing.pin() != null
                    && listing.pin() != ClientRequest.Children.NEW_PIN;
            if (call.seenBefore().isAfter(reply.zxid()) && !pinned) {
                throw new Violation("reads never go back", "%s had seen %s", call, call.seenBefore());
            }
            if (read.stamp().after() > 0) {
                readBehind(call, read.stamp().session(), read.stamp().after(), reply.zxid());
            }
        }
    }

    private void written(Call call, WriteStamp stamp, Zxid zxid) {
        TreeMap<Long, Zxid> ofSession = writes.computeIfAbsent(stamp.session(), s -> new TreeMap<>());
        Map.Entry<Long, Zxid> lower = ofSession.lowerEntry(stamp.cxid());
        Map.Entry<Long, Zxid> higher = ofSession.higherEntry(stamp.cxid());
        Zxid same = ofSession.put(stamp.cxid(), zxid);
        if (lower != null && !zxid.isAfter(lower.getValue())
                || higher != null && !higher.getValue().isAfter(zxid)
                || same != null && !same.equals(zxid)) {
            throw new Violation(
                    "session order", "%s: neighbours are %s and %s, before it was %s", call, lower, higher, same);
        }
    }

    private void readBehind(Call call, SessionId session, long cxid, Zxid zxid) {
        Zxid place = model.placeOf(session, cxid);
        Zxid end = model.sessions().endOf(session);
        boolean over = end != null && !end.isAfter(zxid);
        if (!over && (place == null || place.isAfter(zxid))) {
            throw new Violation("a read comes behind its session's writes", "%s: write %s is at %s", call, cxid, place);
        }
    }
}
