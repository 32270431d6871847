package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.Require;

/**
 * Multi-Paxos's bounds, each with what happens there.
 *
 * @param windowBytes sent to one follower and not accepted there; beyond, its values wait at the leader
 * @param messageBytesMax of values in one message, so that it fits a frame; a larger value goes alone
 * @param diffBytesMax that a follower may lack and still be sent value by value; beyond, it fetches the state
 * @param historyEntriesKept decided entries that stay in memory for peers that lack them after they are in the state
 *     store
 * @param historyBytesKept bytes of them at most
 * @param historyBytesPinnedMax bytes that history may grow to behind a state transfer; beyond, the transfer is given up
 * @param inFlightEntriesMax slots proposed and not yet delivered here; beyond, proposals are refused (FULL)
 * @param inFlightBytesMax bytes of them
 */
public record PaxosLimits(
        int windowBytes,
        int messageBytesMax,
        long diffBytesMax,
        int historyEntriesKept,
        long historyBytesKept,
        long historyBytesPinnedMax,
        int inFlightEntriesMax,
        long inFlightBytesMax) {
    public static final PaxosLimits DEFAULT =
            new PaxosLimits(4 << 20, 1 << 19, 120L << 20, 100_000, 32L << 20, 256L << 20, 50_000, 32L << 20);

    public PaxosLimits {
        Require.that(windowBytes >= 1, "windowBytes (%d) must be at least 1", windowBytes);
        Require.that(messageBytesMax >= 1, "messageBytesMax (%d) must be at least 1", messageBytesMax);
        Require.that(diffBytesMax >= 1, "diffBytesMax (%d) must be at least 1", diffBytesMax);
        Require.that(historyEntriesKept >= 0, "historyEntriesKept (%d) is negative", historyEntriesKept);
        Require.that(historyBytesKept >= 0, "historyBytesKept (%d) is negative", historyBytesKept);
        Require.that(
                historyBytesPinnedMax >= historyBytesKept,
                "historyBytesPinnedMax (%d) is below historyBytesKept (%d)",
                historyBytesPinnedMax,
                historyBytesKept);
        Require.that(inFlightEntriesMax >= 1, "inFlightEntriesMax (%d) must be at least 1", inFlightEntriesMax);
        Require.that(inFlightBytesMax >= 1, "inFlightBytesMax (%d) must be at least 1", inFlightBytesMax);
    }

    public PaxosLimits withHistory(int entriesKept, long bytesKept, long bytesPinnedMax) {
        return new PaxosLimits(
                windowBytes,
                messageBytesMax,
                diffBytesMax,
                entriesKept,
                bytesKept,
                bytesPinnedMax,
                inFlightEntriesMax,
                inFlightBytesMax);
    }
}
