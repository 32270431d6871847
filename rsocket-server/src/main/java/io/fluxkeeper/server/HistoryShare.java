package io.fluxkeeper.server;

/** Of the maximal heap ({@code -Xmx}), what the transactions may take that peers are sent who lack them; in bytes. */
final class HistoryShare {
    private static final long KEPT_MAX = 32 << 20;
    private static final long PINNED_MAX = 256 << 20;

    private HistoryShare() {}

    /** An eighth, and 32 MiB at most. */
    static long bytesKept() {
        return Math.min(KEPT_MAX, Runtime.getRuntime().maxMemory() / 8);
    }

    /** While a peer fetches the state: a quarter, and 256 MiB at most. */
    static long bytesPinnedMax() {
        return Math.min(PINNED_MAX, Runtime.getRuntime().maxMemory() / 4);
    }
}
