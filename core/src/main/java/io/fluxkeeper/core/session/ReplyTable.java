package io.fluxkeeper.core.session;

import io.fluxkeeper.core.Invariant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The encoded replies to a session's writes {@code first} to {@code last}, without holes: every executed write is
 * recorded, and records leave from the front. A ring, since a cxid is found by counting.
 */
final class ReplyTable {
    private static final int CAPACITY_MIN = 8;

    private byte[] @Nullable [] ring = new byte[CAPACITY_MIN] @Nullable [];
    private long first;
    private long last;
    private long bytes;

    /** An empty one behind this cxid. */
    ReplyTable(long lastCxid) {
        first = lastCxid + 1;
        last = lastCxid;
    }

    /** The cxid of the oldest reply kept; one above {@link #last} when there is none. */
    long first() {
        return first;
    }

    long last() {
        return last;
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

    void add(long cxid, byte[] reply) {
        Invariant.check(cxid == last + 1, "reply %d was recorded behind %d", cxid, last);
        int size = (int) (last - first + 1);
        if (size == ring.length) {
            grow(size);
        }
        ring[slot(cxid)] = reply;
        last = cxid;
        bytes += reply.length;
    }

    /** Takes the oldest out. */
    byte[] removeFirst() {
        byte[] reply = at(first);
        ring[slot(first)] = null;
        first++;
        bytes -= reply.length;
        return reply;
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
        for (int i = 0; i < size; i++) {
            long cxid = first + i;
            wider[(int) (cxid & wider.length - 1)] = at(cxid);
        }
        ring = wider;
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
