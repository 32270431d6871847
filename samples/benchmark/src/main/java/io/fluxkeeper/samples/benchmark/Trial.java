package io.fluxkeeper.samples.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;

/** A load in rounds, and what they showed. Between rounds it rests, so that two trials can take turns. */
final class Trial {
    /** For what a load leaves behind in the background, so that the other one's round does not pay for it. */
    private static final long SETTLE_MILLIS = 300;

    private final Load load;
    private final LongSupplier serverCpu;
    private final LongSupplier clientCpu;

    private final List<Double> rates = new ArrayList<>();
    private final Histogram latencies = new Histogram(3);
    private long operations;
    private long serverCpuMicros;
    private long clientCpuMicros;

    /**
     * @param serverCpu microseconds the servers have used; negative if not known
     * @param clientCpu the same of this process
     */
    Trial(Load load, LongSupplier serverCpu, LongSupplier clientCpu) {
        this.load = load;
        this.serverCpu = serverCpu;
        this.clientCpu = clientCpu;
    }

    void warmUp(int seconds) throws InterruptedException {
        load.start();
        for (int i = 0; i < seconds; i++) {
            TimeUnit.SECONDS.sleep(1);
            load.check();
        }
        load.stop();
        load.drainInto(new Histogram(3));
    }

    /** One second of load. */
    void round() throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
        long serverBefore = serverCpu.getAsLong();
        long clientBefore = clientCpu.getAsLong();
        long begun = System.nanoTime();
        load.start();
        TimeUnit.SECONDS.sleep(1);
        load.check();
        long inRound = load.drainInto(latencies);
        long nanos = System.nanoTime() - begun;
        serverCpuMicros = plus(serverCpuMicros, serverBefore, serverCpu.getAsLong());
        clientCpuMicros = plus(clientCpuMicros, clientBefore, clientCpu.getAsLong());
        rates.add(inRound * 1e9 / nanos);
        operations += inRound;
        load.stop();
        // What was still under way counts for latency: leaving the slowest out would flatter.
        load.drainInto(latencies);
    }

    private static long plus(long sum, long before, long after) {
        return sum < 0 || before < 0 || after < 0 ? -1 : sum + after - before;
    }

    Measurement measured() {
        return new Measurement(List.copyOf(rates), latencies, operations, serverCpuMicros, clientCpuMicros);
    }
}
