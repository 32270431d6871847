package io.fluxkeeper.core.session;

import io.fluxkeeper.core.Invariant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The encoded replies to a session's writes {@code first} to {@code last}, without holes: every executed write is
 * recorded, and records leave from the front, once acknowledged. The last one stays, since a write does not acknowledge
 * itself: so the rows of the replies tell how far the session's writes have come. A ring, since a cxid is found by
 * counting.
 */
final class ReplyTable {
    private static final int CAPACITY_MIN = 8;

    private byte[] @Nullable [] ring = new byte[CAPACITY_MIN] @Nullable [];

    /** Of the replies, as they were added. */
    private long[] hashes = new long[CAPACITY_MIN];

    private long first = 1;
    private long last;
    private long bytes;

    /** The cxid of the oldest reply kept; one above {@link #last} when there is none. */
    long first() {
        return first;
    }

    /** The last write executed; 0 for none. */
    long last() {
        return last;
    }

    /** Replies up to this cxid have been acknowledged and are not kept; 0 for none. */
    long acked() {
        return first - 1;
    }

    /** The hash of the oldest reply kept. */
    long firstHash() {
        return hashes[slot(first)];
    }

    /** Bytes of all replies kept. */
    long bytes() {
        return bytes;
    }

    /** Bytes of the replies behind this cxid. */
    long bytesAfter(long cxid) {
        long left = bytes;
        for (long gone = first; gone <= Math.min(cxid, last); gone++) {
            left -= at(gone).length;
        }
        return left;
    }

    /** Null when it is not kept: not yet given, or gone. */
    byte @Nullable [] find(long cxid) {
        return cxid < first || cxid > last ? null : at(cxid);
    }

    void add(long cxid, byte[] reply, long hash) {
        Invariant.check(cxid == last + 1, "reply %d was recorded behind %d", cxid, last);
        int size = (int) (last - first + 1);
        if (size == ring.length) {
            grow(size);
        }
        ring[slot(cxid)] = reply;
        hashes[slot(cxid)] = hash;
        last = cxid;
        bytes += reply.length;
    }

    /** An empty one, of which replies from this cxid on were stored. */
    void restoreFrom(long cxid) {
        first = cxid;
        last = cxid - 1;
    }

    void removeFirst() {
        bytes -= at(first).length;
        ring[slot(first)] = null;
        first++;
    }

    /** All of them, oldest first. */
    List<byte[]> replies() {
        List<byte[]> all = new ArrayList<>((int) (last - first + 1));
        for (long cxid = first; cxid <= last; cxid++) {
            all.add(at(cxid));
        }
        return all;
    }

    private void grow(int size) {
        byte[] @Nullable [] wider = new byte[Math.multiplyExact(ring.length, 2)] @Nullable [];
        long[] widerHashes = new long[wider.length];
        for (int i = 0; i < size; i++) {
            long cxid = first + i;
            int to = (int) (cxid & wider.length - 1);
            wider[to] = at(cxid);
            widerHashes[to] = hashes[slot(cxid)];
        }
        ring = wider;
        hashes = widerHashes;
    }

    private byte[] at(long cxid) {
        byte[] reply = ring[slot(cxid)];
        if (reply == null) {
            throw new Invariant.Broken("reply " + cxid + " is missing between " + first + " and " + last);
        }
        return reply;
    }

    private int slot(long cxid) {
        return (int) (cxid & ring.length - 1);
    }
}
