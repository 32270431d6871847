package io.fluxkeeper.core.watch;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.znode.Change;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The newest changes of the tree, in order, bounded by count and bytes. Each has a sequence number that is never used
 * again at this peer; a cursor is such a number.
 */
final class ChangeLog {
    private final int countMax;
    private final long bytesMax;
    private @Nullable Change[] ring = new Change[1024];
    private long first;
    private long end;
    private long bytes;
    private Zxid oldest;

    /** @param oldest complete from after this transaction on */
    ChangeLog(int countMax, long bytesMax, Zxid oldest) {
        this.countMax = countMax;
        this.bytesMax = bytesMax;
        this.oldest = oldest;
    }

    /** Everything after this transaction is here. */
    Zxid oldest() {
        return oldest;
    }

    /** Whether every change behind that position is here. Of the oldest transaction itself nothing is. */
    boolean reachesBackTo(ChangePosition position) {
        return oldest.equals(Zxid.ZERO) || position.compareTo(ChangePosition.after(oldest)) >= 0;
    }

    /** The sequence number of the oldest change here. */
    long first() {
        return first;
    }

    /** The sequence number that the next change will get. */
    long end() {
        return end;
    }

    Change get(long sequence) {
        Invariant.check(first <= sequence && sequence < end, "change %s is outside %s..%s", sequence, first, end);
        Change change = ring[index(sequence)];
        Invariant.check(change != null, "change %s is missing", sequence);
        return Objects.requireNonNull(change);
    }

    void append(Change change) {
        if (end - first == ring.length) {
            grow();
        }
        ring[index(end)] = change;
        end++;
        bytes += size(change);
    }

    /** Lets the oldest transactions go until the log is within its bounds; a transaction goes whole. */
    void trim() {
        while (end - first > countMax || bytes > bytesMax && end - first > 1) {
            Zxid leaving = get(first).zxid();
            if (get(end - 1).zxid().equals(leaving)) {
                return; // one transaction larger than the bounds: it stays until the next one
            }
            do {
                bytes -= size(get(first));
                ring[index(first)] = null;
                first++;
            } while (get(first).zxid().equals(leaving));
            oldest = leaving;
        }
    }

    /** Forgets everything: the state was replaced as of {@code zxid}. */
    void reset(Zxid zxid) {
        Arrays.fill(ring, null);
        first = end;
        bytes = 0;
        oldest = zxid;
    }

    /** The sequence number of the first change behind a position, or {@link #end} when there is none yet. */
    long firstBehind(ChangePosition position) {
        long low = first;
        long high = end;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (isBehind(get(middle), position)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** Whether a change comes after a position; the position's ordinal counts changes already seen. */
    static boolean isBehind(Change change, ChangePosition position) {
        int byZxid = change.zxid().compareTo(position.zxid());
        return byZxid > 0 || byZxid == 0 && change.ordinal() >= position.ordinal();
    }

    private int index(long sequence) {
        return (int) (sequence & ring.length - 1);
    }

    private void grow() {
        @Nullable Change[] larger = new Change[ring.length * 2];
        for (long sequence = first; sequence < end; sequence++) {
            larger[(int) (sequence & larger.length - 1)] = ring[index(sequence)];
        }
        ring = larger;
    }

    /** Rough bytes in memory. */
    private static long size(Change change) {
        byte[] data = change.data();
        return 160L + change.path().value().length() * 2L + (data == null ? 0 : data.length);
    }
}
