package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.protocol.ServerReply;

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
        int watches) {
    /** For a client that asks how this peer stands. */
    ServerReply.Status toReply(ReplicaContext context) {
        boolean learning = status.membership() == Membership.LEARNER;
        return new ServerReply.Status(
                applied,
                context.config.ensemble().self(),
                learning ? "LEARNING" : status.role().name(),
                status.epoch(),
                status.leader(),
                status.serving() && !context.shuttingDown,
                lastLogged,
                attachedSessions,
                0,
                watches,
                znodes,
                context.config.version(),
                status.note());
    }
}
