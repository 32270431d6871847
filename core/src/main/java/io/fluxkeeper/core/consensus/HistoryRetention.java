package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.Zxid;
import java.util.TreeMap;

/** How far a history must reach back: to what the state store has, and to what state transfers under way begin from. */
public final class HistoryRetention {
    private final History history;
    private final int entriesKept;
    private final long bytesKept;
    /** For each state transfer given: the position after which history is kept for it. */
    private final TreeMap<Long, Zxid> pins = new TreeMap<>();

    private Zxid stateCommitted;

    /**
     * @param stateCommitted what the state store has
     * @param entriesKept entries kept all the same, within both numbers
     */
    public HistoryRetention(History history, Zxid stateCommitted, int entriesKept, long bytesKept) {
        this.history = history;
        this.stateCommitted = stateCommitted;
        this.entriesKept = entriesKept;
        this.bytesKept = bytesKept;
    }

    /**
     * This peer is through with everything up to there: it is packed. Soon, while it is new, since to a garbage collector
     * an object that lives for a second or two costs the most.
     */
    public void delivered(Zxid delivered) {
        history.pack(delivered, entriesKept, bytesKept);
    }

    /** The state store holds everything up to there: history may be forgotten as far as nobody else needs it. */
    public void stateCommitted(Zxid zxid, Zxid delivered) {
        stateCommitted = Zxid.max(stateCommitted, Zxid.min(zxid, delivered));
        Zxid end = Zxid.min(stateCommitted, delivered);
        for (Zxid pinned : pins.values()) {
            end = Zxid.min(end, pinned);
        }
        history.trim(end, entriesKept, bytesKept);
    }

    /** The state is another one, and durable. */
    public void stateInstalled(Zxid zxid) {
        stateCommitted = zxid;
    }

    /** Keeps the history after {@code position} until {@link #unpin}. */
    public void pin(long transfer, Zxid position) {
        pins.put(transfer, position);
    }

    public void unpin(long transfer) {
        pins.remove(transfer);
    }
}
