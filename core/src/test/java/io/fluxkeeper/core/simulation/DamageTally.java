package io.fluxkeeper.core.simulation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * How disks were damaged, and what came of it.
 *
 * @param struck by {@link Kind}, in its order
 * @param detected of these: the next start said so. The rest struck bytes that mean nothing, and nothing was missing.
 * @param emptied by an operator, since the peer refused to start
 */
record DamageTally(List<Long> struck, List<Long> detected, long emptied) {
    private static final List<Long> ZEROS = Collections.nCopies(Kind.values().length, 0L);
    static final DamageTally NONE = new DamageTally(ZEROS, ZEROS, 0);

    /** What a bad disk does, to the journal's files or to a state file. */
    enum Kind {
        BIT,
        ZEROED_BLOCK,
        CUT,
        UNREADABLE_STATE,
        LOST_DIRECTORY
    }

    DamageTally withStruck(Kind kind) {
        return plus(new DamageTally(one(kind), ZEROS, 0));
    }

    DamageTally withDetected(Kind kind) {
        return plus(new DamageTally(ZEROS, one(kind), 0));
    }

    DamageTally withEmptied() {
        return plus(new DamageTally(ZEROS, ZEROS, 1));
    }

    DamageTally plus(DamageTally other) {
        return new DamageTally(sums(struck, other.struck), sums(detected, other.detected), emptied + other.emptied);
    }

    long total() {
        return struck.stream().mapToLong(Long::longValue).sum();
    }

    private static List<Long> one(Kind kind) {
        List<Long> counts = new ArrayList<>(ZEROS);
        counts.set(kind.ordinal(), 1L);
        return counts;
    }

    private static List<Long> sums(List<Long> some, List<Long> more) {
        List<Long> sums = new ArrayList<>();
        for (int i = 0; i < some.size(); i++) {
            sums.add(some.get(i) + more.get(i));
        }
        return sums;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Kind kind : Kind.values()) {
            text.append(kind).append('=').append(struck.get(kind.ordinal()));
            text.append(" (").append(detected.get(kind.ordinal())).append(" detected) ");
        }
        return text.append("emptied=").append(emptied).toString();
    }
}
