package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ServerReply;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** I12: a parent's count is that of its children, and the zxid of its last child change never goes back. */
public final class ParentCounts implements Checker {
    private final Map<String, TreeMap<Zxid, Zxid>> lastChanges = new HashMap<>();

    @Override
    public void answered(Call call) {
        if (!(call.request() instanceof ClientRequest.Children children)
                || !(call.reply() instanceof ServerReply.ChildNames listing)) {
            return;
        }
        boolean whole = children.after() == null && !listing.more();
        Zxid pzxid = listing.stat().pzxid();
        if (whole && listing.names().size() != listing.stat().numChildren() || pzxid.isAfter(listing.zxid())) {
            throw new Violation("parent counts", "%s", call);
        }
        String znode = children.path().value() + " " + listing.stat().czxid();
        TreeMap<Zxid, Zxid> seen = lastChanges.computeIfAbsent(znode, p -> new TreeMap<>());
        Map.Entry<Zxid, Zxid> before = seen.floorEntry(listing.zxid());
        Map.Entry<Zxid, Zxid> after = seen.ceilingEntry(listing.zxid());
        seen.put(listing.zxid(), pzxid);
        if (before != null && before.getValue().isAfter(pzxid) || after != null && pzxid.isAfter(after.getValue())) {
            throw new Violation("parent counts", "%s, between %s and %s", call, before, after);
        }
    }
}
