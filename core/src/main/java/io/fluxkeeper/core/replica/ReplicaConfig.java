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
     * @param changeLogMemoryBytes bytes of the change log that stay in memory once the store has them; older ones are
     *     read from it
     * @param sliceMax items handled before other inputs get their turn
     * @param bookmarkTicks quiet ticks after which a watch gets a bookmark
     * @param subscriberStallTicks ticks after which a subscriber that takes nothing, while there is something for it, is
     *     ended with {@code SUBSCRIBER_STALLED}; 0 for never
     * @param replyBytesMax bytes of a reply; a longer listing is {@code REPLY_TOO_LARGE}
     * @param treeBytesMax bytes that the tree may take of the heap, about, for a leader to take what makes it larger;
     *     beyond, {@code TREE_FULL}. 0 for no bound
     */
    public record Bounds(
            int pendingWritesMax,
            int waitingReadsMax,
            int readWaitTicks,
            int subscriptionsMax,
            long changeLogMemoryBytes,
            int sliceMax,
            int bookmarkTicks,
            int subscriberStallTicks,
            int replyBytesMax,
            long treeBytesMax) {
        public static final Bounds DEFAULT =
                new Bounds(20_000, 10_000, 100, 200_000, 8L << 20, 1_000, 20, 12_000, 1 << 20, treeShare());

        /** Half of the heap is for what comes and goes, and 64 MiB are for buffers that do not grow with the heap. */
        private static long treeShare() {
            long heap = Runtime.getRuntime().maxMemory();
            return Math.max(heap / 8, heap / 2 - (64 << 20));
        }
    }
}
