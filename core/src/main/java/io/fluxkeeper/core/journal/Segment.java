package io.fluxkeeper.core.journal;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DurableRecord;
import org.jspecify.annotations.Nullable;

/** What trimming must know of a segment file. Changes only while it is read or is the one written to. */
final class Segment {
    static final String PREFIX = "journal-";
    static final String SUFFIX = ".log";

    private final String name;
    private final HardState start;
    private Zxid highest = Zxid.ZERO;
    private @Nullable Zxid truncatedTo;

    /** @param start in force at its beginning */
    Segment(String name, HardState start) {
        this.name = name;
        this.start = start;
    }

    /** Sorted by name, segments are in the order of their batches. */
    static String nameOf(long firstNumber) {
        return String.format("%s%016x%s", PREFIX, firstNumber, SUFFIX);
    }

    static boolean isName(String name) {
        return name.startsWith(PREFIX) && name.endsWith(SUFFIX);
    }

    /** The number of the first batch; 0 when the name is none that {@link #nameOf} gives. */
    static long firstNumber(String name) {
        String hex = name.substring(PREFIX.length(), name.length() - SUFFIX.length());
        try {
            return hex.length() == 16 ? Math.max(0, Long.parseLong(hex, 16)) : 0;
        } catch (NumberFormatException notOurs) {
            return 0;
        }
    }

    void note(DurableRecord record) {
        if (record instanceof DurableRecord.Append append) {
            highest = Zxid.max(highest, append.entry().zxid());
        } else if (record instanceof DurableRecord.Accepted accepted) {
            highest = Zxid.max(highest, accepted.slot());
        } else if (record instanceof DurableRecord.StateInstalled installed) {
            highest = Zxid.max(highest, installed.zxid());
        } else if (record instanceof DurableRecord.TruncateAfter truncate) {
            truncatedTo = truncatedTo == null ? truncate.last() : Zxid.min(truncatedTo, truncate.last());
        }
    }

    String name() {
        return name;
    }

    HardState start() {
        return start;
    }

    /** The highest zxid of an entry or state in it; 0:0 for none. */
    Zxid highest() {
        return highest;
    }

    /** Whether a record in it takes away entries that come before {@code position}. */
    boolean truncatesBelow(Zxid position) {
        return truncatedTo != null && position.isAfter(truncatedTo);
    }
}
