package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.consensus.zab.ZabMessage;
import java.util.TreeMap;

/**
 * I6, one step earlier: a peer promises an epoch in words that count once, and none below it afterwards. Two leaders of
 * one epoch need a peer that promised it to both.
 */
public final class OnePromise implements Checker {
    /** The highest epoch promised so. */
    private final TreeMap<PeerId, Long> promised = new TreeMap<>();

    /** A disk that forgot its promises does not vote: the word of a learner counts nowhere. */
    @Override
    public void started(PeerId peer, RecoveredLog log) {
        if (log.membership() != Membership.FOUNDED) {
            promised.remove(peer);
        }
    }

    @Override
    public void sent(PeerId from, PeerMessage message) {
        if (message instanceof ZabMessage.AckEpoch ack && ack.counts()) {
            long epoch = ack.bond().epoch();
            Long before = promised.put(from, epoch);
            if (before != null && before >= epoch) {
                throw new Violation("one promise an epoch", "%s sends %s after it promised %s", from, ack, before);
            }
        }
    }
}
