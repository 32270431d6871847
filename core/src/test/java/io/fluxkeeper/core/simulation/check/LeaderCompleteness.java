package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Role;
import java.util.TreeMap;

/** I3: what anybody applied is in the history with which every later leader began. */
public final class LeaderCompleteness implements Checker {
    private final TreeMap<PeerId, Zxid> broughtBy = new TreeMap<>();

    /** With what history the leader of each epoch began. */
    private final TreeMap<Long, Zxid> begins = new TreeMap<>();

    /** The last transaction of each epoch that anybody applied. */
    private final TreeMap<Long, Zxid> applied = new TreeMap<>();

    @Override
    public void statusChanged(PeerId peer, Effect.Status status, Zxid lastLogged) {
        if (status.role() == Role.LEADING && !status.serving()) {
            broughtBy.put(peer, lastLogged);
        } else if (status.role() == Role.LEADING) {
            Zxid begin = broughtBy.get(peer);
            begins.put(status.epoch(), begin);
            applied.headMap(status.epoch()).values().forEach(zxid -> check(peer, zxid, status.epoch(), begin));
        }
    }

    @Override
    public void delivered(PeerId peer, Entry entry) {
        Zxid zxid = entry.zxid();
        if (applied.merge(zxid.epoch(), zxid, Zxid::max).equals(zxid)) {
            begins.tailMap(zxid.epoch(), false).forEach((epoch, begin) -> check(peer, zxid, epoch, begin));
        }
    }

    private static void check(PeerId peer, Zxid zxid, long epoch, Zxid begin) {
        if (zxid.isAfter(begin)) {
            throw new Violation(
                    "leader completeness",
                    "%s was applied, and epoch %s began after %s (peer %s)",
                    zxid,
                    epoch,
                    begin,
                    peer);
        }
    }
}
