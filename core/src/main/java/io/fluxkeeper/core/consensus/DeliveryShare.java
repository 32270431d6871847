package io.fluxkeeper.core.consensus;

/**
 * How much may still be delivered within this drain; the rest waits for the next one. Executing tens of thousands of
 * entries at once, as after a DIFF, would leave pings unanswered for longer than a leader waits for them; and what is
 * executed goes to the state store as one piece, of which a small heap must hold several.
 */
public final class DeliveryShare {
    /** Entries delivered within one drain at most. */
    public static final int ENTRIES_MAX = 500;

    /** Bytes of entries after which no further one is delivered within the drain. */
    public static final int BYTES_MAX = 1 << 20;

    private int entries;
    private long bytes;

    public boolean isUsedUp() {
        return entries >= ENTRIES_MAX || bytes >= BYTES_MAX;
    }

    public void take(Entry entry) {
        entries++;
        bytes += entry.size();
    }

    /** The next drain begins. */
    public void renew() {
        entries = 0;
        bytes = 0;
    }
}
