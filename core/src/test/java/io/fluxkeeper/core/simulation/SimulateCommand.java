package io.fluxkeeper.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.simulation.SimulationRun.Totals;
import io.fluxkeeper.core.simulation.mutant.MutantRun;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What {@code mvn -q -B -pl core verify -Psimulate} runs: {@code -Dsim.seeds=N} seeds from 1 on (or from
 * {@code -Dsim.from}), or the one seed of {@code -Dsim.seed=N} with its trace, or with {@code -Dsim.mutants=all}, or a
 * part of a name, the mutants. Of Zab, or of what {@code -Dsim.consensus} names: {@code paxos} is Multi-Paxos.
 */
@Timeout(value = 7, unit = TimeUnit.DAYS)
class SimulateCommand {
    private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final PrintStream out = System.out;
    private final String consensus = System.getProperty("sim.consensus", "zab");
    private long toldAtNanos = System.nanoTime();

    @Test
    void simulate() throws InterruptedException {
        String mutants = System.getProperty("sim.mutants");
        Long seed = Long.getLong("sim.seed");
        if (mutants != null) {
            mutants(mutants);
        } else if (seed != null) {
            out.println(new Simulation(consensus, seed, true, out::println).run());
        } else {
            long from = Long.getLong("sim.from", 1);
            Totals totals = new SimulationRun(consensus, false, this::progress)
                    .run(from, from + Long.getLong("sim.seeds", 2_000) - 1);
            out.println("damaged disks: " + totals.damages() + ", all healed");
            out.println("simulation: consensus=" + consensus + " seeds=" + totals.seeds() + " steps=" + totals.steps()
                    + " crashes=" + totals.crashes() + " partitions=" + totals.partitions() + " violations=0");
        }
    }

    private void progress(Totals totals) {
        if (System.nanoTime() - toldAtNanos > PROGRESS_NANOS) {
            toldAtNanos = System.nanoTime();
            out.println(totals.seeds() + " seeds, " + totals.damages().total() + " damaged disks, no violation");
        }
    }

    private void mutants(String wanted) throws InterruptedException {
        out.println("| mutant | caught by | at seed |");
        out.println("|---|---|---|");
        List<MutantRun.Outcome> outcomes =
                MutantRun.run(consensus, wanted, Long.getLong("sim.seeds", 2_000), out::println);
        long caught = outcomes.stream().filter(MutantRun.Outcome::isCaught).count();
        out.println("mutants: caught=" + caught + " of " + outcomes.size());
        assertThat(outcomes).isNotEmpty().allMatch(MutantRun.Outcome::isCaught);
    }
}
