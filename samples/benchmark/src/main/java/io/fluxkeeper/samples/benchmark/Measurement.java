package io.fluxkeeper.samples.benchmark;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * What a trial showed.
 *
 * @param roundRates operations/s of each round
 * @param latencies of all operations, in nanoseconds
 * @param operations within the rounds
 * @param serverCpuMicros used by the servers in that time; negative if not known
 * @param clientCpuMicros used by this process in that time; negative if not known
 */
record Measurement(
        List<Double> roundRates, Histogram latencies, long operations, long serverCpuMicros, long clientCpuMicros) {

    double medianRate() {
        return Statistics.median(roundRates);
    }

    double millisAt(double percentile) {
        return latencies.getValueAtPercentile(percentile) / 1e6;
    }

    /** The median of each round's rate to that of the other's round next to it: what slows both cancels out. */
    double medianRatioTo(Measurement other) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < roundRates.size(); i++) {
            ratios.add(roundRates.get(i) / other.roundRates.get(i));
        }
        return Statistics.median(ratios);
    }
}
