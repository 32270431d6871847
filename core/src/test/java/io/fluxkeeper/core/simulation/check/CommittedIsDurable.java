package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Membership;
import java.util.Map;

/** I3: what a peer hands over is on its own disk, and on the disks of a quorum of voters. */
public final class CommittedIsDurable implements Checker {
    private final Map<PeerId, ? extends Disk> disks;
    private Zxid last = Zxid.ZERO;

    public CommittedIsDurable(Map<PeerId, ? extends Disk> disks) {
        this.disks = disks;
    }

    @Override
    public void delivered(PeerId peer, Entry entry) {
        if (!disks.get(peer).holds(entry)) {
            throw new Violation("durable before applied", "%s applies %s, which it has not on disk", peer, entry);
        }
        if (!entry.zxid().isAfter(last)) {
            return;
        }
        last = entry.zxid();
        long holders = disks.values().stream()
                .filter(disk -> disk.membership() == Membership.FOUNDED ? disk.holds(entry) : disk.lost(entry))
                .count();
        if (holders * 2 <= disks.size()) {
            throw new Violation(
                    "committed is durable", "%s applies %s, which %s voters have on disk", peer, entry, holders);
        }
    }
}
