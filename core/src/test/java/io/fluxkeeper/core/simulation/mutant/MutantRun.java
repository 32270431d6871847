package io.fluxkeeper.core.simulation.mutant;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Looks for the first seed that catches each mutant. */
public final class MutantRun {
    /** @param seed 0 when no seed caught it */
    public record Outcome(Mutant mutant, long seed, String checker, String sentence) {
        public boolean isCaught() {
            return mutant.checkers().contains(checker);
        }

        /** A row of the table in core/docs/testing.md. */
        @Override
        public String toString() {
            return "| " + mutant.name() + " | " + (seed == 0 ? "not caught" : checker) + " | " + seed + " |";
        }
    }

    private MutantRun() {}

    /**
     * @param wanted a part of the names, or {@code all}
     * @param progress is told each outcome at once
     */
    public static List<Outcome> run(String consensus, String wanted, long seeds, Consumer<Outcome> progress)
            throws InterruptedException {
        ExecutorService threads =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        try {
            List<Future<List<Outcome>>> running = new ArrayList<>();
            for (Mutant mutant : consensus.equals("zab") ? Mutants.ALL : PaxosMutants.ALL) {
                if (wanted.equals("all") || mutant.name().contains(wanted)) {
                    running.add(threads.submit(() -> runAlsoUnmasked(consensus, mutant, seeds)));
                }
            }
            List<Outcome> outcomes = new ArrayList<>();
            for (Future<List<Outcome>> each : running) {
                each.get().forEach(progress);
                outcomes.addAll(each.get());
            }
            return outcomes;
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    /** What the replica noticed itself is run once more without its own checks: somebody outside has to notice, too. */
    private static List<Outcome> runAlsoUnmasked(String consensus, Mutant mutant, long seeds) {
        Outcome outcome = run(consensus, mutant, seeds);
        return outcome.checker().equals(Mutant.REPLICA)
                ? List.of(outcome, run(consensus, mutant.withoutInvariants(), seeds))
                : List.of(outcome);
    }

    /** Up to the first seed at which anything is found. */
    static Outcome run(String consensus, Mutant mutant, long seeds) {
        BiFunction<String, Long, @Nullable String> probe = MutantLoader.probe(mutant);
        for (long seed = 1; seed <= seeds; seed++) {
            String caught = probe.apply(consensus, seed);
            if (caught != null) {
                int end = caught.indexOf('\n');
                return new Outcome(mutant, seed, caught.substring(0, end), caught.substring(end + 1));
            }
        }
        return new Outcome(mutant, 0, "", "");
    }
}
