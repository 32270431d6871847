package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Membership;

/** What is really on a peer's disk: what would be there if the power failed now. */
public interface Disk {
    /** Whether that entry, or a state that contains it, is durable; of Multi-Paxos, decided or not. */
    boolean holds(Entry entry);

    /**
     * Whether the damage that took this peer's vote took that entry as well: it was there when it was acknowledged, and
     * until the peer has learnt everything from a leader it does not vote.
     */
    boolean lost(Entry entry);

    /** Whether an entry with that number, or a state that contains it, is durable. */
    boolean reaches(Zxid zxid);

    /** Whether that slot is decided there, or a vote for it, of that ballot or a higher one, is durable. */
    boolean hasAccepted(Zxid slot, long ballot);

    /** Of Multi-Paxos: the ballot promised. */
    long acceptedEpoch();

    long currentEpoch();

    Membership membership();
}
