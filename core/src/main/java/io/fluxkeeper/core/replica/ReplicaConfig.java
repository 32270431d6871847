package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.consensus.Ensemble;

/**
 * What a replica is told once.
 *
 * @param ensemble the configured peers
 * @param incarnation of this process: one that no process of this peer had before. What an earlier process took may
 *     still come out of the log, and must not be answered to a client of this one
 * @param tickMillis length of a tick, for sessions' timeouts only
 * @param bounds of its queues
 * @param version of the program, for its status
 */
public record ReplicaConfig(Ensemble ensemble, long incarnation, int tickMillis, Bounds bounds, String version) {
    /**
     * Bounds of a replica's queues; each with what happens there.
     *
     * @param pendingWritesMax writes taken from clients here and not answered yet; beyond, {@code TOO_BUSY}
     * @param waitingReadsMax reads that wait for this peer to catch up; beyond, {@code TOO_BUSY}
     * @param readWaitTicks how long such a read waits before {@code READ_TIMEOUT}
     * @param subscriptionsMax live watches at this peer; beyond, {@code LIMIT_REACHED}
     * @param changeLogCountMax changes kept in memory; older ones go
     * @param changeLogBytesMax bytes of changes kept in memory; older ones go
     * @param sliceMax items handled before other inputs get their turn
     * @param bookmarkTicks quiet ticks after which a watch gets a bookmark
     * @param replyBytesMax bytes of a reply; a longer listing is {@code REPLY_TOO_LARGE}
     */
    public record Bounds(
            int pendingWritesMax,
            int waitingReadsMax,
            int readWaitTicks,
            int subscriptionsMax,
            int changeLogCountMax,
            long changeLogBytesMax,
            int sliceMax,
            int bookmarkTicks,
            int replyBytesMax) {
        public static final Bounds DEFAULT =
                new Bounds(20_000, 10_000, 100, 200_000, 200_000, 32L << 20, 1_000, 20, 1 << 20);
    }
}
