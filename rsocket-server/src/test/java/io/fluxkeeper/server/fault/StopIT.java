package io.fluxkeeper.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.client.FluxkeeperClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM, as an operator or an orchestrator sends it to the packaged jar. */
@Timeout(180)
class StopIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** A line that a person can read in a terminal. */
    private static final int LINE_LENGTH_MAX = 200;

    @Test
    void aLeaderHandsOverUnseenByItsClientsAndAPeerWithoutAQuorumStopsToo(@TempDir Path directory) {
        try (ProcessEnsemble ensemble = new ProcessEnsemble(directory)) {
            ensemble.awaitServing();
            FluxkeeperClient setUp = ensemble.connectTo(ensemble.peer(1));
            setUp.create("/load", null).block(PATIENCE);
            setUp.close().block(PATIENCE);
            Writer writer = new Writer(1, ensemble.addresses());
            writer.start();
            awaitProgress(writer);
            ServerProcess leader = ensemble.awaitLeader();
            writer.takeLongestGapMillis();

            assertThat(leader.terminate()).isZero();
            assertThat(ensemble.awaitLeader()).isNotSameAs(leader);
            awaitProgress(writer);
            long gapMillis = writer.takeLongestGapMillis();
            writer.stop();
            Awaitility.await().atMost(PATIENCE).until(writer::isIdle);
            writer.client.close().block(PATIENCE);

            assertThat(writer.errors).isEmpty();
            assertThat(gapMillis).as("writes stood still for so long").isLessThan(3_000);
            assertShortAndClear(leader);

            List<ServerProcess> left =
                    ensemble.peers.stream().filter(ServerProcess::isAlive).toList();
            left.get(0).kill();
            ServerProcess last = left.get(1);
            Awaitility.await("the last one has no quorum")
                    .atMost(PATIENCE)
                    .until(() -> ensemble.status(last)
                            .filter(status -> !status.serving())
                            .isPresent());
            last.askToStop();

            assertThat(last.terminate()).isZero(); // a second SIGTERM changes nothing
            assertShortAndClear(last);
        }
    }

    private static void awaitProgress(Writer writer) {
        long goal = writer.acknowledged() + 100;
        Awaitility.await("writes go on")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> writer.acknowledged() >= goal || !writer.errors.isEmpty());
    }

    private static void assertShortAndClear(ServerProcess peer) {
        List<String> lines = peer.output().lines().toList();
        assertThat(lines).anyMatch(line -> line.endsWith("INFO  peer " + peer.id + ": stopping"));
        assertThat(lines)
                .allSatisfy(line -> assertThat(line)
                        .hasSizeLessThanOrEqualTo(LINE_LENGTH_MAX)
                        .doesNotContain("Exception", "\tat ", "ERROR"));
    }
}
