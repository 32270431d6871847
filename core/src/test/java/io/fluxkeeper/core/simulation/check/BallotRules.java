package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DurableRecord;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** I3, of Multi-Paxos: nobody accepts what is below its promise, and a ballot proposes one value for a slot. */
public final class BallotRules implements Checker {
    private record Proposal(long ballot, Zxid slot) {}

    private final Map<PeerId, ? extends Disk> disks;
    private final Map<Proposal, byte[]> values = new HashMap<>();

    public BallotRules(Map<PeerId, ? extends Disk> disks) {
        this.disks = disks;
    }

    @Override
    public void accepted(PeerId peer, DurableRecord.Accepted vote) {
        long promised = disks.get(peer).acceptedEpoch();
        if (vote.ballot() < promised) {
            throw new Violation("accepted as promised", "%s accepts %s and has promised %s", peer, vote, promised);
        }
        byte[] known = values.putIfAbsent(new Proposal(vote.ballot(), vote.slot()), vote.payload());
        if (known != null && !Arrays.equals(known, vote.payload())) {
            throw new Violation("one value a ballot", "%s accepts another value than others for %s", peer, vote);
        }
    }
}
