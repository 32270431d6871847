package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Membership;

/** What is really on a peer's disk: what would be there if the power failed now. */
public interface Disk {
    /** Whether that entry, or a state that contains it, is durable. */
    boolean holds(Zxid zxid, long chain);

    /** Whether an entry with that number, or a state that contains it, is durable. */
    boolean reaches(Zxid zxid);

    long acceptedEpoch();

    long currentEpoch();

    Membership membership();
}
