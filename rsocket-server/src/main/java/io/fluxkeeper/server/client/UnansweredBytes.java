package io.fluxkeeper.server.client;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What the requests of all connections that were taken and are not answered yet may hold of this peer's memory: counts
 * alone do not bound it, since one may be a thousand times as large as another. Used by every event loop.
 */
final class UnansweredBytes {
    /**
     * Up to so many bytes a request is not counted. The number of requests bounds such ones well enough, and two atomic
     * operations for each would be the price of nothing.
     */
    static final int UNCOUNTED_BYTES_MAX = 1024;

    private final long max;
    private final AtomicLong bytes = new AtomicLong();

    UnansweredBytes(long max) {
        this.max = max;
    }

    /** Counted now. */
    long counted() {
        return bytes.get();
    }

    /** One is always let in where nothing is counted, or a large one could be refused for good. */
    private boolean take(int size) {
        long before;
        do {
            before = bytes.get();
            if (before > 0 && before + size > max) {
                return false;
            }
        } while (!bytes.compareAndSet(before, before + size));
        return true;
    }

    /** The part of one connection; on its event loop. */
    final class OfConnection {
        private long taken;
        private boolean closed;

        /** @return whether there was room */
        boolean take(int size) {
            if (size <= UNCOUNTED_BYTES_MAX || closed) { // of a closed one nothing gets to the replica
                return true;
            }
            boolean room = UnansweredBytes.this.take(size);
            taken += room ? size : 0;
            return room;
        }

        /** A request that was taken is answered, or did not get to the replica. */
        void giveBack(int size) {
            if (size > UNCOUNTED_BYTES_MAX && !closed) {
                taken -= size;
                bytes.addAndGet(-size);
            }
        }

        /**
         * The replica drops writes without a number once their connection is closed, and never answers them: all are
         * given back here, and those that it does answer not again.
         */
        void close() {
            if (!closed) {
                closed = true;
                bytes.addAndGet(-taken);
            }
        }
    }
}
