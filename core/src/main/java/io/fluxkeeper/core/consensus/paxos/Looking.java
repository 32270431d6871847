package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Role;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Knows no leader. Waits for one, by chance a little longer or shorter, and then asks whether it could be one itself:
 * only if a quorum hears no leader either, it proposes (pre-vote). Nothing here is durable, and safety needs nothing of it.
 */
final class Looking implements PaxosRole {
    private final PaxosPeer peer;
    private final TreeSet<PeerId> granted = new TreeSet<>();
    /** The tick at which this peer asks. */
    private long askAt;
    /** The candidate that was promised a ballot; null for none. */
    private @Nullable PeerId awaited;
    /** 0 while nothing was asked. */
    private long probe;

    Looking(PaxosPeer peer, long patience) {
        this.peer = peer;
        askAt = peer.now + patience;
    }

    @Override
    public Role role() {
        return Role.LOOKING;
    }

    @Override
    public @Nullable PeerId leader() {
        return null;
    }

    @Override
    public @Nullable Ballot ballot() {
        return null;
    }

    @Override
    public boolean isServing() {
        return false;
    }

    @Override
    public boolean hearsLeader() {
        return false;
    }

    @Override
    public void enter() {
        if (peer.ensemble.others().isEmpty()) {
            ask();
        }
    }

    /** That candidate is given time to lead; a learner gives it for ever. */
    void await(PeerId candidate) {
        awaited = candidate;
        askAt = peer.now + peer.timing.initTicks() + peer.soon();
    }

    @Override
    public void tick() {
        if (peer.now >= askAt) {
            ask();
        }
    }

    private void ask() {
        askAt = peer.now + peer.later();
        if (!peer.founding.isVoter()) {
            return;
        }
        probe = peer.nextProbe();
        granted.clear();
        granted.add(peer.self());
        peer.sendToAll(new PaxosMessage.Probe(probe, peer.log.contiguousLast()));
        proposeWhenQuorum();
    }

    @Override
    public void onProbe(PeerId from, PaxosMessage.Probe theirs) {
        boolean grants = grants(theirs);
        peer.send(from, new PaxosMessage.ProbeAnswer(theirs.probe(), grants, peer.log.promised()));
        if (grants) {
            askAt = Math.max(askAt, peer.now + peer.later());
        }
    }

    /** Not to one that lacks what is decided here: it could win, but would have to fetch that first. */
    private boolean grants(PaxosMessage.Probe theirs) {
        return peer.founding.isVoter() && !peer.log.decided().isAfter(theirs.last());
    }

    @Override
    public void onProbeAnswer(PeerId from, PaxosMessage.ProbeAnswer answer) {
        peer.saw(answer.promised());
        if (answer.granted() && answer.probe() == probe) {
            granted.add(from);
            proposeWhenQuorum();
        }
    }

    private void proposeWhenQuorum() {
        if (peer.ensemble.isQuorum(granted)) {
            peer.propose(false);
        }
    }

    @Override
    public void onNack(PeerId from, PaxosMessage.Nack nack) {
        peer.saw(nack.promised());
    }

    @Override
    public void linkDown(PeerId other) {
        granted.remove(other);
        if (other.equals(awaited)) {
            awaited = null;
            askAt = Math.min(askAt, peer.now + peer.soon());
        }
    }
}
