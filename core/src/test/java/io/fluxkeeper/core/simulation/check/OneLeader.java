package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Role;
import java.util.TreeMap;

/** I6: at most one established leader an epoch, for ever. */
public final class OneLeader implements Checker {
    private final TreeMap<Long, PeerId> leaders = new TreeMap<>();

    @Override
    public void statusChanged(PeerId peer, Effect.Status status, Zxid lastLogged) {
        if (status.role() == Role.LEADING && status.serving()) {
            PeerId first = leaders.putIfAbsent(status.epoch(), peer);
            if (first != null && !first.equals(peer)) {
                throw new Violation(
                        "one leader an epoch", "%s and %s are established in epoch %s", first, peer, status.epoch());
            }
        }
    }

    public int epochs() {
        return leaders.size();
    }
}
