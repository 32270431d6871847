package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AcceptedTail;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.paxos.Bond;
import io.fluxkeeper.core.consensus.paxos.PaxosMessage;
import io.fluxkeeper.core.consensus.zab.ZabMessage;
import java.util.HashMap;
import java.util.Map;

/**
 * The column "durable before it" of core/docs/zab.md and core/docs/paxos.md: a message leaves after what it promises is
 * on disk.
 */
public final class DurableBeforeMessage implements Checker {
    private final Map<PeerId, ? extends Disk> disks;
    /** How far each follower of Multi-Paxos has told its leader that it accepts, in each stay. */
    private final Map<Stay, Zxid> told = new HashMap<>();

    private record Stay(PeerId follower, Bond bond) {}

    public DurableBeforeMessage(Map<PeerId, ? extends Disk> disks) {
        this.disks = disks;
    }

    @Override
    public void sent(PeerId from, PeerMessage message) {
        Disk disk = disks.get(from);
        boolean kept = message instanceof PaxosMessage paxos ? isKept(from, disk, paxos) : isKept(disk, message);
        if (!kept) {
            throw new Violation("durable before message", "%s sends %s and has not that on disk", from, message);
        }
    }

    private static boolean isKept(Disk disk, PeerMessage message) {
        if (message instanceof ZabMessage.Ack ack) {
            return disk.reaches(ack.last());
        } else if (message instanceof ZabMessage.AckNewLeader ack) {
            return disk.reaches(ack.last()) && disk.currentEpoch() >= ack.bond().epoch();
        } else if (message instanceof ZabMessage.AckEpoch ack) {
            return disk.acceptedEpoch() >= ack.bond().epoch();
        } else if (message instanceof ZabMessage.LeaderInfo info) {
            return disk.acceptedEpoch() >= info.bond().epoch();
        } else if (message instanceof ZabMessage.NewLeader newLeader) {
            return disk.currentEpoch() >= newLeader.bond().epoch();
        }
        return true;
    }

    private boolean isKept(PeerId from, Disk disk, PaxosMessage message) {
        long promised = disk.acceptedEpoch();
        if (message instanceof PaxosMessage.Prepare prepare) {
            return promised >= prepare.ballot().number();
        } else if (message instanceof PaxosMessage.Promise promise) {
            return promised >= promise.ballot().number()
                    && disk.reaches(promise.decided())
                    && promise.votes().stream().allMatch(vote -> disk.hasAccepted(vote.slot(), vote.ballot()));
        } else if (message instanceof PaxosMessage.Nack nack) {
            return promised >= nack.promised().number();
        } else if (message instanceof PaxosMessage.Join join) {
            told.put(new Stay(from, join.bond()), join.decided());
            return promised >= join.bond().ballot().number() && disk.reaches(join.decided());
        } else if (message instanceof PaxosMessage.Accepted accepted) {
            return promised >= accepted.bond().ballot().number() && hasAccepted(from, disk, accepted);
        }
        return true;
    }

    /** All slots since its last word. */
    private boolean hasAccepted(PeerId from, Disk disk, PaxosMessage.Accepted accepted) {
        Zxid before = told.put(new Stay(from, accepted.bond()), accepted.last());
        if (before == null) {
            return false;
        }
        for (Zxid slot = before; accepted.last().isAfter(slot); ) {
            slot = AcceptedTail.next(slot);
            if (!disk.hasAccepted(slot, accepted.bond().ballot().number())) {
                return false;
            }
        }
        return true;
    }
}
