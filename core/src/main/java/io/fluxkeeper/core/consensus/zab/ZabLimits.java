package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.Require;
import io.fluxkeeper.core.Zxid;

/**
 * Zab's bounds, each with what happens there.
 *
 * @param windowBytes sent to one follower and not acknowledged; beyond, its entries wait in the history
 * @param messageBytesMax of entries in one message, so that it fits a frame; a larger entry goes alone
 * @param stageBytesMax that a follower holds of an unfinished synchronisation; a leader sends the state rather than a
 *     longer DIFF, and a follower that gets more closes the link
 * @param historyEntriesKept entries that stay in memory for DIFF after they are in the state store
 * @param historyBytesKept bytes of them at most
 * @param historyBytesPinnedMax bytes that history may grow to behind a state transfer; beyond, the transfer is given up
 * @param inFlightEntriesMax entries not yet delivered here; beyond, proposals are refused (FULL)
 * @param inFlightBytesMax bytes of them
 * @param counterMax the last counter of an epoch; there the leader gives up leadership
 */
public record ZabLimits(
        int windowBytes,
        int messageBytesMax,
        long stageBytesMax,
        int historyEntriesKept,
        long historyBytesKept,
        long historyBytesPinnedMax,
        int inFlightEntriesMax,
        long inFlightBytesMax,
        long counterMax) {
    public static final ZabLimits DEFAULT = new ZabLimits(
            4 << 20, 1 << 19, 128L << 20, 100_000, 32L << 20, 256L << 20, 50_000, 32L << 20, Zxid.COUNTER_MAX);

    public ZabLimits {
        Require.that(windowBytes >= 1, "windowBytes (%d) must be at least 1", windowBytes);
        Require.that(messageBytesMax >= 1, "messageBytesMax (%d) must be at least 1", messageBytesMax);
        Require.that(
                stageBytesMax > 2L * windowBytes,
                "stageBytesMax (%d) must exceed two windows (%d): what comes after NEWLEADER is staged too",
                stageBytesMax,
                windowBytes);
        Require.that(historyEntriesKept >= 0, "historyEntriesKept (%d) is negative", historyEntriesKept);
        Require.that(historyBytesKept >= 0, "historyBytesKept (%d) is negative", historyBytesKept);
        Require.that(
                historyBytesPinnedMax >= historyBytesKept,
                "historyBytesPinnedMax (%d) is below historyBytesKept (%d)",
                historyBytesPinnedMax,
                historyBytesKept);
        Require.that(inFlightEntriesMax >= 1, "inFlightEntriesMax (%d) must be at least 1", inFlightEntriesMax);
        Require.that(inFlightBytesMax >= 1, "inFlightBytesMax (%d) must be at least 1", inFlightBytesMax);
        Require.that(
                counterMax >= 1 && counterMax <= Zxid.COUNTER_MAX,
                "counterMax (%d) is outside 1..%d",
                counterMax,
                Zxid.COUNTER_MAX);
    }

    public ZabLimits withHistory(int entriesKept, long bytesKept, long bytesPinnedMax) {
        return new ZabLimits(
                windowBytes,
                messageBytesMax,
                stageBytesMax,
                entriesKept,
                bytesKept,
                bytesPinnedMax,
                inFlightEntriesMax,
                inFlightBytesMax,
                counterMax);
    }

    /** What a DIFF may hold: room is left for a window that follows NEWLEADER. */
    long diffBytesMax() {
        return stageBytesMax - 2L * windowBytes;
    }
}
