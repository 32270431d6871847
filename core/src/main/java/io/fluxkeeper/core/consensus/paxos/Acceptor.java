package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AcceptedTail;
import io.fluxkeeper.core.consensus.DurableRecord;
import java.util.ArrayList;
import java.util.List;

/**
 * The acceptor of every slot: one promise for all of them, and for each slot the rules of {@link SlotAcceptor}. There in
 * every role. What it answers is in the journal before it is said: its messages leave by the rule.
 */
final class Acceptor {
    private final PaxosPeer peer;

    Acceptor(PaxosPeer peer) {
        this.peer = peer;
    }

    /**
     * Phase 1b. A learner has forgotten what it promised and says nothing. Who hears a leader says nothing either: else
     * a peer that is cut off from the leader alone would depose it again and again.
     *
     * @return whether the ballot is promised, to a peer that may lead now
     */
    boolean promise(PeerId from, PaxosMessage.Prepare prepare, boolean hearsLeader) {
        Ballot ballot = prepare.ballot();
        peer.saw(ballot);
        if (!peer.founding.isVoter() || !ballot.isOf(from)) {
            return false;
        }
        if (refuseLower(from, ballot)) {
            return false;
        }
        if (ballot.isAbove(peer.log.promised())) {
            if (hearsLeader && !prepare.takeOver()) {
                return false;
            }
            peer.log.promise(ballot);
        }
        return true;
    }

    /** Tells what was accepted, one page. */
    void report(PeerId to, PaxosMessage.Prepare prepare) {
        List<DurableRecord.Accepted> page = new ArrayList<>();
        long bytes = 0;
        boolean more = false;
        for (DurableRecord.Accepted vote : peer.log.votesFrom(prepare.from())) {
            bytes += vote.size();
            if (bytes > peer.limits.messageBytesMax() && !page.isEmpty()) {
                more = true;
                break;
            }
            page.add(vote);
        }
        peer.send(to, new PaxosMessage.Promise(prepare.ballot(), prepare.from(), page, more, peer.log.decided()));
    }

    /**
     * Phase 2b.
     *
     * @return false when a higher ballot was promised; then nothing is accepted
     */
    boolean accept(Ballot ballot, Zxid slot, byte[] value) {
        SlotAcceptor<byte[]> accepted = peer.log.slot(slot).accept(ballot, value);
        if (accepted == null) {
            return false;
        }
        peer.log.accept(slot, accepted);
        return true;
    }

    /** The slot after the last one of the run. */
    Zxid nextOfRun() {
        return AcceptedTail.next(peer.log.runEnd());
    }

    /** Says so, when a ballot is below what is promised; its proposer gives up or goes beyond. */
    boolean refuseLower(PeerId from, Ballot ballot) {
        if (!peer.log.promised().isAbove(ballot)) {
            return false;
        }
        peer.send(from, new PaxosMessage.Nack(ballot, peer.log.promised()));
        return true;
    }
}
