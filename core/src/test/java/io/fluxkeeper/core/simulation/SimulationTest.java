package io.fluxkeeper.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.simulation.Simulation.Result;
import io.fluxkeeper.core.simulation.check.Violation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Whole ensembles under faults of network, disk and process, and clients whose every answer is checked; see
 * {@code core/docs/testing.md}. {@code -Dsim.seed=N} replays one seed, {@code -Dsim.seeds=N} runs as many from 1 on.
 */
class SimulationTest {
    private static final String CONSENSUS = System.getProperty("sim.consensus", "zab");
    private static final int SEEDS = Integer.getInteger("sim.seeds", 300);

    @Test
    void noSeedBreaksAPromiseAndTwoRunsOfOneAreTheSame() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            assertThat(run(seed)).isEqualTo(run(seed));
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "sim.seed", matches = "\\d+")
    void replay() {
        System.out.println(run(Long.getLong("sim.seed", 0)));
    }

    private static Result run(long seed) {
        try {
            return new Simulation(CONSENSUS, seed).run();
        } catch (Violation violation) {
            throw new AssertionError(SimulationRun.report(CONSENSUS, seed, violation), violation);
        }
    }
}
