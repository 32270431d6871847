package io.fluxkeeper.samples.benchmark;

import java.util.Collections;
import java.util.List;

/** Of the rounds. */
final class Statistics {
    private Statistics() {}

    /** The middle one, or the mean of the two in the middle. */
    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    static double least(List<Double> values) {
        return Collections.min(values);
    }

    static double greatest(List<Double> values) {
        return Collections.max(values);
    }
}
