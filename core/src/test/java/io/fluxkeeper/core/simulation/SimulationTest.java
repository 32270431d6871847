package io.fluxkeeper.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Three replicas under message delay, cut links, isolated peers, crashes that lose what was not synced, and wiped
 * disks. {@code -Dsim.seed=N} replays one seed, {@code -Dsim.seeds=N} runs as many from 1 on.
 */
class SimulationTest {
    private static final int SEEDS = Integer.getInteger("sim.seeds", 200);

    @Test
    void noSeedBreaksAPromise() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            new Simulation(seed).run();
        }
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        for (long seed = 1; seed <= Math.min(20, SEEDS); seed++) {
            assertThat(new Simulation(seed).run()).isEqualTo(new Simulation(seed).run());
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "sim.seed", matches = "\\d+")
    void replay() {
        System.out.println(new Simulation(Long.getLong("sim.seed", 0)).run());
    }
}
