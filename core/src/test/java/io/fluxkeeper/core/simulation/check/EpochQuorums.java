package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.Role;
import io.fluxkeeper.core.consensus.zab.ZabMessage;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * I3 and I6 of Zab, one step earlier: a leader synchronises followers after a quorum has promised its very epoch, and is
 * established after a quorum has acknowledged NEWLEADER of it. Whatever else it counted, a later leader may not know.
 */
public final class EpochQuorums implements Checker {
    private final int ensembleSize;
    /** By epoch: who said so in words that count. */
    private final TreeMap<Long, TreeSet<PeerId>> promised = new TreeMap<>();

    private final TreeMap<Long, TreeSet<PeerId>> acknowledged = new TreeMap<>();

    public EpochQuorums(int ensembleSize) {
        this.ensembleSize = ensembleSize;
    }

    @Override
    public void sent(PeerId from, PeerMessage message) {
        if (message instanceof ZabMessage.AckEpoch ack && ack.counts()) {
            said(promised, ack.bond().epoch(), from);
        } else if (message instanceof ZabMessage.AckNewLeader ack) {
            said(acknowledged, ack.bond().epoch(), from);
        } else if (message instanceof ZabMessage.Diff diff) {
            requireQuorum(promised, "promised", diff.bond().epoch(), from);
        } else if (message instanceof ZabMessage.Trunc trunc) {
            requireQuorum(promised, "promised", trunc.bond().epoch(), from);
        } else if (message instanceof ZabMessage.Snap snap) {
            requireQuorum(promised, "promised", snap.bond().epoch(), from);
        }
    }

    @Override
    public void statusChanged(PeerId peer, Effect.Status status, Zxid lastLogged) {
        if (status.role() == Role.LEADING && status.serving()) {
            requireQuorum(acknowledged, "acknowledged NEWLEADER of", status.epoch(), peer);
        }
    }

    private static void said(TreeMap<Long, TreeSet<PeerId>> who, long epoch, PeerId peer) {
        who.computeIfAbsent(epoch, e -> new TreeSet<>()).add(peer);
    }

    /** The leader's own word is on its disk and is sent to nobody. */
    private void requireQuorum(TreeMap<Long, TreeSet<PeerId>> who, String what, long epoch, PeerId leader) {
        said(who, epoch, leader);
        if (who.get(epoch).size() * 2 <= ensembleSize) {
            throw new Violation(
                    "a quorum an epoch",
                    "%s leads epoch %s, which only %s have %s",
                    leader,
                    epoch,
                    who.get(epoch),
                    what);
        }
    }
}
