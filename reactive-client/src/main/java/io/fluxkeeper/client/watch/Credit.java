package io.fluxkeeper.client.watch;

/**
 * How many items the peer may send. Every item on the wire costs one, also those the subscriber never sees (the first
 * one, bookmarks, what was seen before); so the wire gets a few more than the subscriber asked for, and what arrives
 * beyond its demand waits in a buffer of exactly those few.
 *
 * <p>Invariant: outstanding + buffered is at most demand + {@link #HIDDEN_ITEMS}, and never above
 * {@link #OUTSTANDING_MAX} + {@link #HIDDEN_ITEMS}.
 */
final class Credit {
    /** Items beyond the subscriber's demand: room for the first item and a bookmark. The bound of the buffer. */
    static final int HIDDEN_ITEMS = 2;

    /** Most items the peer may have on their way, whatever the subscriber asked for. */
    static final int OUTSTANDING_MAX = 256;

    private int outstanding;

    /** A new stream: nothing is on its way. */
    void reset() {
        outstanding = 0;
    }

    void arrived() {
        outstanding--;
    }

    /**
     * What to ask for now; 0 to wait. Small amounts are held back until half is used up, so that asking does not cost a
     * frame for each item.
     *
     * @param demand of the subscriber, not yet fulfilled
     * @param buffered events that wait for demand
     */
    int take(long demand, int buffered) {
        long wanted = Math.min(demand, OUTSTANDING_MAX) + HIDDEN_ITEMS - buffered;
        long missing = wanted - outstanding;
        if (missing <= 0 || outstanding > wanted / 2) {
            return 0;
        }
        outstanding += (int) missing;
        return (int) missing;
    }
}
