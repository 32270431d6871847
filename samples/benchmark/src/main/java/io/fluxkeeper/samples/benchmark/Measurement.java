package io.fluxkeeper.samples.benchmark;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;

/**
 * What a measured time showed.
 *
 * @param roundRates operations/s of each round of one second
 * @param latencies of all operations, in nanoseconds
 * @param operations in the whole time
 * @param serverCpuMicros used by the servers in that time; negative if not known
 * @param clientCpuMicros used by this process in that time; negative if not known
 */
record Measurement(
        List<Double> roundRates, Histogram latencies, long operations, long serverCpuMicros, long clientCpuMicros) {

    /** Runs the load, which has been started, through its warm-up and the rounds. */
    static Measurement of(Load load, int warmupSeconds, int seconds, LongSupplier serverCpu, LongSupplier clientCpu)
            throws InterruptedException {
        for (int i = 0; i < warmupSeconds; i++) {
            TimeUnit.SECONDS.sleep(1);
            load.check();
        }
        load.drainInto(new Histogram(3));
        Histogram latencies = new Histogram(3);
        long operations = 0;
        Double[] rates = new Double[seconds];
        long serverBefore = serverCpu.getAsLong();
        long clientBefore = clientCpu.getAsLong();
        long begun = System.nanoTime();
        long roundBegun = begun;
        for (int i = 0; i < seconds; i++) {
            TimeUnit.NANOSECONDS.sleep(begun + TimeUnit.SECONDS.toNanos(i + 1) - System.nanoTime());
            load.check();
            long inRound = load.drainInto(latencies);
            long now = System.nanoTime();
            rates[i] = inRound * 1e9 / (now - roundBegun);
            roundBegun = now;
            operations += inRound;
        }
        return new Measurement(
                List.of(rates),
                latencies,
                operations,
                difference(serverBefore, serverCpu.getAsLong()),
                difference(clientBefore, clientCpu.getAsLong()));
    }

    private static long difference(long before, long after) {
        return before < 0 || after < 0 ? -1 : after - before;
    }

    double medianRate() {
        return Statistics.median(roundRates);
    }

    double millisAt(double percentile) {
        return latencies.getValueAtPercentile(percentile) / 1e6;
    }
}
