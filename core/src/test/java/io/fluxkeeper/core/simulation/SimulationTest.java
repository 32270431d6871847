package io.fluxkeeper.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whole ensembles under faults of network, disk and process, and clients whose every answer is checked; see
 * {@code core/docs/testing.md}.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SimulationTest {
    private static final String CONSENSUS = "zab";

    @Test
    void noSeedBreaksAPromiseAndTwoRunsOfOneAreTheSame() throws InterruptedException {
        new SimulationRun(CONSENSUS, true, totals -> {}).run(1, 300);
    }

    /** Each found a defect once, of production or of the simulation itself; core/docs/testing.md says which. */
    @ParameterizedTest
    @CsvSource({
        "zab, 636",
        "zab, 1016",
        "zab, 1232",
        "zab, 4292",
        "zab, 5388",
        "multi-paxos, 1136",
        "multi-paxos, 1471",
        "multi-paxos, 5400"
    })
    void whatASeedFoundStaysMended(String consensus, long seed) throws InterruptedException {
        new SimulationRun(consensus, true, totals -> {}).run(seed, seed);
    }

    @Test
    void noSeedBreaksAPromiseOfMultiPaxosAndTwoRunsOfOneAreTheSame() throws InterruptedException {
        new SimulationRun("multi-paxos", true, totals -> {}).run(1, 25);
    }

    @Test
    void anotherProcessComesToTheSame() throws Exception {
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Digests.class.getName(),
                        CONSENSUS,
                        "1",
                        "10")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String there = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(there).isEqualTo(Digests.of(CONSENSUS, 1, 10));
    }
}
