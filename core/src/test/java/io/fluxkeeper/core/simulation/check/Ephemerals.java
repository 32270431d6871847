package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.Stat;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** I7: an ephemeral znode is there exactly as long as its session, unless somebody deleted it. */
public final class Ephemerals implements Checker {
    /** Path of each ephemeral znode that is there now, and its owner; by what the log says was done. */
    private final TreeMap<String, SessionId> owners = new TreeMap<>();

    private final Map<SessionId, Zxid> ends = new HashMap<>();

    @Override
    public void executed(Model.Executed executed, long now) {
        for (Model.Event event : executed.events()) {
            Model.Node node = event.node();
            if (node == null) {
                owners.remove(event.path());
            } else if (node.stat().ephemeralOwner().value() != 0) {
                owners.put(event.path(), node.stat().ephemeralOwner());
            }
        }
        SessionId session = executed.session();
        if (executed.ended() && session != null) {
            ends.put(session, executed.zxid());
            if (owners.containsValue(session)) {
                throw new Violation("ephemerals", "%s ended at %s and left %s", session, executed.zxid(), owners);
            }
        }
    }

    @Override
    public void answered(Call call) {
        ServerReply reply = call.reply();
        if (reply instanceof ServerReply.Data data) {
            shown(call, data.stat());
        } else if (reply instanceof ServerReply.Existence existence && existence.stat() != null) {
            shown(call, existence.stat());
        }
    }

    private void shown(Call call, Stat stat) {
        Zxid end = ends.get(stat.ephemeralOwner());
        if (end != null && !end.isAfter(call.reply().zxid())) {
            throw new Violation("ephemerals", "%s, and its session ended at %s", call, end);
        }
    }
}
