package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.zab.ZabMessage;
import java.util.Map;

/** The column "durable before it" of core/docs/zab.md: a message leaves after what it promises is on disk. */
public final class DurableBeforeMessage implements Checker {
    private final Map<PeerId, ? extends Disk> disks;

    public DurableBeforeMessage(Map<PeerId, ? extends Disk> disks) {
        this.disks = disks;
    }

    @Override
    public void sent(PeerId from, PeerMessage message) {
        Disk disk = disks.get(from);
        boolean kept = true;
        if (message instanceof ZabMessage.Ack ack) {
            kept = disk.reaches(ack.last());
        } else if (message instanceof ZabMessage.AckNewLeader ack) {
            kept = disk.reaches(ack.last()) && disk.currentEpoch() >= ack.bond().epoch();
        } else if (message instanceof ZabMessage.AckEpoch ack) {
            kept = disk.acceptedEpoch() >= ack.bond().epoch();
        } else if (message instanceof ZabMessage.LeaderInfo info) {
            kept = disk.acceptedEpoch() >= info.bond().epoch();
        } else if (message instanceof ZabMessage.NewLeader newLeader) {
            kept = disk.currentEpoch() >= newLeader.bond().epoch();
        }
        if (!kept) {
            throw new Violation("durable before message", "%s sends %s and has not that on disk", from, message);
        }
    }
}
