package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.replica.ReplicaConfig;
import io.fluxkeeper.core.replica.ReplicaView;

/** I14: what waits in a replica stays within its bounds. */
public final class QueueBounds implements Checker {
    @Override
    public void drained(PeerId peer, ReplicaView view, ReplicaConfig.Bounds bounds) {
        check(peer, "pending writes", view.pendingWrites(), bounds.pendingWritesMax());
        check(peer, "waiting reads", view.waitingReads(), bounds.waitingReadsMax());
        check(peer, "watches", view.watches(), bounds.subscriptionsMax());
    }

    private static void check(PeerId peer, String queue, int size, int max) {
        if (size > max) {
            throw new Violation("queue bounds", "peer %s has %s %s, bound is %s", peer, size, queue, max);
        }
    }
}
