package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;

/**
 * How a replica stands at the end of a drain, for meters and tests.
 *
 * @param attachedSessions sessions attached at this peer
 * @param pendingWrites writes taken here and not answered
 * @param waitingReads reads that wait for this peer to catch up
 */
public record ReplicaView(
        Effect.Status status,
        Zxid applied,
        Zxid committed,
        Zxid lastLogged,
        long digest,
        long znodes,
        int attachedSessions,
        int pendingWrites,
        int waitingReads,
        int watches) {}
