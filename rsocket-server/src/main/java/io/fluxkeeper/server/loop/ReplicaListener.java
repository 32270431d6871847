package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import java.util.List;

/** What the host itself wants to know of its replica. Called on the replica's thread; never blocks, never throws. */
public interface ReplicaListener {
    void statusChanged(Effect.Status status);

    /** It has taken over its leader's history. */
    void synchronizedWithLeader(Effect.Synchronized how);

    /** Everything up to {@code zxid} has been applied here. */
    void applied(Zxid zxid);

    /** The states of those peers differ from this leader's, and no quorum says whose is right. */
    void statesDiffer(Zxid zxid, List<PeerId> peers);

    /** A transaction met a defect of the program and was refused on every peer. */
    void defect(Zxid zxid, RuntimeException defect);

    /** After {@code ShutDown}: nothing is left to hand over. */
    void readyToStop();
}
