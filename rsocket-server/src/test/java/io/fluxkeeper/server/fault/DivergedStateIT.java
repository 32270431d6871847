package io.fluxkeeper.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.core.consensus.Algorithm;
import io.fluxkeeper.core.replica.DivergedState;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;

/** Packaged servers, one of which holds a state that is sound by itself and not what its history leads to. */
@Timeout(300)
class DivergedStateIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** More than two states are compared by. */
    private static final int WRITES = 300;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void aPeerWhoseStateDiffersFromTheOthersEndsAndTakesTheirsAtItsNextStart(Algorithm algorithm) throws Exception {
        try (ProcessEnsemble ensemble = ProcessEnsemble.of(algorithm.toString(), directory)) {
            ensemble.awaitServing();
            write(ensemble, "before");
            ServerProcess wrong = ensemble.peer(1);
            assertThat(wrong.terminate()).isZero();
            DivergedState.make(wrong.data(), 1, algorithm);
            wrong.start();
            ensemble.awaitServing(wrong);
            assertThat(wrong.isAlive()).isTrue();

            write(ensemble, "while");

            assertThat(wrong.exitCode()).isEqualTo(70);
            assertThat(wrong.outputSinceStart())
                    .contains("fluxkeeper: peer 1 has stopped: its state at ")
                    .contains(
                            "is not the one that a quorum has; start it again, and it takes the state from the others."
                                    + " Please report this\n");
            wrong.start();
            ensemble.awaitServing(wrong);
            assertThat(wrong.outputSinceStart())
                    .contains(
                            "The state was found to differ from what a quorum has: this peer does not vote until it has"
                                    + " healed from the others.")
                    .contains("synchronised with leader");
            write(ensemble, "after");
            FluxkeeperClient healed = ensemble.connectTo(wrong);
            healed.sync().block(PATIENCE);
            assertThat(healed.exists("/after-" + (WRITES - 1)).block(PATIENCE)).isNotNull();
            healed.close().block(PATIENCE);
            assertThat(wrong.isAlive()).isTrue();
        }
    }

    private static void write(ProcessEnsemble ensemble, String name) {
        FluxkeeperClient client = FluxkeeperClient.builder()
                .addresses(ensemble.peer(2).clientAddress, ensemble.peer(3).clientAddress)
                .connect()
                .block(PATIENCE);
        Flux.range(0, WRITES)
                .flatMap(i -> client.create("/" + name + "-" + i, new byte[10]), 32)
                .blockLast(PATIENCE);
        client.close().block(PATIENCE);
    }
}
