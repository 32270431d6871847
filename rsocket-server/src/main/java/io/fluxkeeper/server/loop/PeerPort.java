package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.replica.ReplicaEffect;

/** The way out to other peers. Called on the replica thread; never blocks, never throws. */
public interface PeerPort {
    /** Queues the frame for its link; a link whose queue is over its bound is closed instead. */
    void send(ReplicaEffect.SendFrame frame);

    void disconnect(PeerId peer, long link, String reason);

    /** OfferState, ReleaseState, FetchState, DiscardState or InstallState. */
    void stateTransfer(ReplicaEffect.StateTransfer effect);
}
