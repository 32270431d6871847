package io.fluxkeeper.core.simulation.mutant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** The mutants still fit the sources they change; that the simulation catches them is {@code -Dsim.mutants=all}. */
class MutantsTest {
    @Test
    void everyMutantChangesSomethingThatIsThere() {
        assertThat(Mutants.ALL).hasSizeGreaterThanOrEqualTo(20);
        for (Mutant mutant : Mutants.ALL) {
            assertThat(MutantLoader.sources(mutant)).as(mutant.name()).isNotEmpty();
        }
        assertThat(PaxosMutants.ALL).hasSizeGreaterThanOrEqualTo(20);
        for (Mutant mutant : PaxosMutants.ALL) {
            assertThat(MutantLoader.sources(mutant)).as(mutant.name()).isNotEmpty();
        }
    }

    @Test
    void oneThatDoesNotFitIsRefusedByName() {
        Mutant stale = Mutant.of("stale", "none", "Zxid", "no such words", "");
        assertThatThrownBy(() -> MutantLoader.sources(stale)).hasMessageContaining("mutant 'stale'");
    }

    @Test
    void anAckBeforeTheFsyncIsCaughtByTheCheckerOfDisks() {
        Mutant mutant = Mutants.ALL.get(0);
        MutantRun.Outcome outcome = MutantRun.run("zab", mutant, 5);
        assertThat(outcome.isCaught()).as(outcome.toString()).isTrue();
    }
}
