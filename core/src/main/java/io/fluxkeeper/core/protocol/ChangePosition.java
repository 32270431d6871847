package io.fluxkeeper.core.protocol;

import io.fluxkeeper.core.Zxid;

/**
 * A place in the change log, from which a watch goes on.
 *
 * @param zxid a transaction
 * @param ordinal changes of that transaction already seen, counted from 0; {@link #ALL} for all of it
 */
public record ChangePosition(Zxid zxid, Integer ordinal) implements Comparable<ChangePosition> {
    /** After all changes of the transaction. */
    public static final int ALL = Integer.MAX_VALUE;

    public ChangePosition {
        if (zxid == null) {
            throw new IllegalArgumentException("zxid is missing");
        }
        ordinal = ordinal == null ? ALL : ordinal; // absent in JSON
        if (ordinal < 0) {
            throw new IllegalArgumentException("ordinal is 0 or more: " + ordinal);
        }
    }

    /** After everything of that transaction. */
    public static ChangePosition after(Zxid zxid) {
        return new ChangePosition(zxid, ALL);
    }

    /** Whether that change comes behind this place. */
    public boolean precedes(Zxid changeZxid, int changeOrdinal) {
        int byZxid = changeZxid.compareTo(zxid);
        return byZxid > 0 || byZxid == 0 && changeOrdinal >= ordinal;
    }

    @Override
    public int compareTo(ChangePosition other) {
        int byZxid = zxid.compareTo(other.zxid);
        return byZxid != 0 ? byZxid : Integer.compare(ordinal, other.ordinal);
    }
}
