package io.fluxkeeper.core.simulation.check;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Looks for an order of steps that respects their times and that the states explain (Wing and Gong's search, with
 * Lowe's memory of what was tried). Exponential at worst, so it gives up after a number of trials.
 */
final class LinearizationSearch {
    private static final int TRIALS_MAX = 200_000;

    /**
     * Something that took effect at one moment between two times.
     *
     * @param end {@link Long#MAX_VALUE} for what need not have happened
     * @param effect from the state before to the state after; null when that state contradicts what was answered
     */
    record Step(long begin, long end, UnaryOperator<Registers.Register> effect) {}

    private record Tried(BitSet done, Registers.Register state) {}

    private final List<Step> steps;
    private final Set<Tried> tried = new HashSet<>();
    private final BitSet done = new BitSet();
    private int required;
    private int trials;

    LinearizationSearch(List<Step> steps) {
        this.steps = new ArrayList<>(steps);
        this.steps.sort(Comparator.comparingLong(Step::begin));
        for (Step step : steps) {
            required += step.end() == Long.MAX_VALUE ? 0 : 1;
        }
    }

    /** False when there is no such order. */
    boolean run() {
        return from(Registers.Register.ABSENT) || isUndecided();
    }

    boolean isUndecided() {
        return trials > TRIALS_MAX;
    }

    private boolean from(Registers.Register state) {
        if (required == 0) {
            return true;
        }
        long firstEnd = Long.MAX_VALUE;
        int first = done.nextClearBit(0);
        for (int i = first; i < steps.size(); i = done.nextClearBit(i + 1)) {
            if (steps.get(i).begin() > firstEnd) {
                break;
            }
            firstEnd = Math.min(firstEnd, steps.get(i).end());
        }
        for (int i = first; i < steps.size() && steps.get(i).begin() <= firstEnd; i = done.nextClearBit(i + 1)) {
            if (++trials > TRIALS_MAX) {
                return false;
            }
            if (take(i, state)) {
                return true;
            }
        }
        return false;
    }

    private boolean take(int index, Registers.Register state) {
        Step step = steps.get(index);
        Registers.Register next = step.effect().apply(state);
        if (next == null) {
            return false;
        }
        int counts = step.end() == Long.MAX_VALUE ? 0 : 1;
        done.set(index);
        required -= counts;
        boolean found = tried.add(new Tried((BitSet) done.clone(), next)) && from(next);
        done.clear(index);
        required += counts;
        return found;
    }
}
