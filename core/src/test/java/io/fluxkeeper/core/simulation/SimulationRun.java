package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.simulation.Simulation.Result;
import io.fluxkeeper.core.simulation.check.Violation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Runs many seeds, each in one thread, and sums up what came of it. */
final class SimulationRun {
    private static final int TRACE_LINES = 200;

    private final String consensus;
    private final boolean twice;
    private final Consumer<Totals> progress;

    /** Of all runs so far. */
    record Totals(long seeds, long ticks, long steps, long crashes, long partitions, DamageTally damages) {
        private static final Totals NONE = new Totals(0, 0, 0, 0, 0, DamageTally.NONE);

        private Totals plus(Result result) {
            return new Totals(
                    seeds + 1,
                    ticks + result.ticks(),
                    steps + result.steps(),
                    crashes + result.crashes(),
                    partitions + result.partitions(),
                    damages.plus(result.damages()));
        }
    }

    /**
     * @param twice whether each seed is run twice, and both runs must be the same
     * @param progress is told after each seed
     */
    SimulationRun(String consensus, boolean twice, Consumer<Totals> progress) {
        this.consensus = consensus;
        this.twice = twice;
        this.progress = progress;
    }

    /** @throws AssertionError with a report, at the first seed that breaks a promise */
    Totals run(long from, long to) throws InterruptedException {
        ExecutorService threads =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        try {
            List<Future<Result>> results = new ArrayList<>();
            for (long seed = from; seed <= to; seed++) {
                long each = seed;
                results.add(threads.submit(() -> run(each)));
            }
            Totals totals = Totals.NONE;
            for (Future<Result> result : results) {
                totals = totals.plus(result.get());
                progress.accept(totals);
            }
            return totals;
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause().getMessage(), e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private Result run(long seed) {
        Result first = once(seed);
        if (twice && !first.equals(once(seed))) {
            throw new AssertionError("two runs of seed " + seed + " differ");
        }
        return first;
    }

    private Result once(long seed) {
        try {
            return new Simulation(consensus, seed).run();
        } catch (Violation violation) {
            throw new AssertionError(report(consensus, seed, violation), violation);
        }
    }

    /** What went wrong, with everything needed to see it again. */
    private static String report(String consensus, long seed, Violation violation) {
        ArrayDeque<String> last = new ArrayDeque<>();
        Simulation again = new Simulation(consensus, seed, true, line -> {
            last.add(line);
            if (last.size() > TRACE_LINES) {
                last.poll();
            }
        });
        String second = "";
        try {
            second = "\na second run of it found nothing: " + again.run();
        } catch (Violation same) {
            if (!same.checker().equals(violation.checker())) {
                second = "\na second run of it found " + same.getMessage();
            }
        }
        return "seed " + seed + " with " + again.options() + "\n" + violation.getMessage() + second
                + "\nreplay: mvn -q -B -pl core verify -Psimulate -Dsim.consensus=" + consensus + " -Dsim.seed=" + seed
                + "\n" + String.join("\n", last);
    }
}
