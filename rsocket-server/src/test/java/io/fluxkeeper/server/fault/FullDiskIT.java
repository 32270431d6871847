package io.fluxkeeper.server.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.OutcomeUnknownException;
import io.fluxkeeper.client.RetryableException;
import io.fluxkeeper.core.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Packaged servers whose disks run full: small ones of their own, where the machine allows that. */
@Timeout(600)
class FullDiskIT {
    private static final int SMALL_MIB = 64;
    private static final int LARGE_MIB = 512;
    private static final int VALUE_BYTES = 100_000;
    /** More than fit a small disk several times over. */
    private static final int WRITES_MAX = 4 * (SMALL_MIB << 20) / VALUE_BYTES;

    /** More than fit a small disk, and still fit the heap. */
    private static final int MORE_THAN_SMALL = 3 * (SMALL_MIB << 20) / 2 / VALUE_BYTES;

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir
    Path directory;

    @BeforeEach
    void needsDisksOfItsOwn() throws IOException {
        assumeTrue(SmallDisk.canBeHad(Files.createDirectory(directory.resolve("try"))), "no namespaces for users here");
    }

    @Test
    void aboveTheFloorWritesAreRefusedReadsGoOnAndNothingNeedsARestart() throws IOException {
        try (ProcessEnsemble ensemble = ensembleWithFloor("16MiB", 1, 2, 3)) {
            ensemble.awaitServing();
            FluxkeeperClient client = FluxkeeperClient.builder()
                    .addresses(ensemble.addresses())
                    .withoutSession()
                    .requestTimeout(Duration.ofSeconds(2))
                    .connect()
                    .block(PATIENCE);
            int written = 0;
            ErrorCode refusedWith = null;
            while (refusedWith == null && written < WRITES_MAX) {
                try {
                    client.create("/fill-" + written, value(written)).block(PATIENCE);
                    written++;
                } catch (RetryableException refused) {
                    refusedWith = refused.code();
                } catch (OutcomeUnknownException handedOver) { // by the first to be full, while the others had room
                    boolean applied = client.sync()
                            .then(client.exists("/fill-" + written).hasElement())
                            .block(PATIENCE);
                    written += applied ? 1 : 0;
                }
            }
            assertThat(refusedWith).isEqualTo(ErrorCode.DISK_FULL);
            assertThat(client.get("/fill-0").block(PATIENCE).data()).isEqualTo(value(0));

            ensemble.peers.forEach(peer -> SmallDisk.grow(peer, LARGE_MIB));
            Awaitility.await("writes go on").atMost(PATIENCE).until(() -> isWritten(client, "/room"));
            assertThat(client.create("/fill-" + written, value(written)).block(PATIENCE))
                    .isNotNull();
            client.close().block(PATIENCE);
            for (ServerProcess peer : ensemble.peers) {
                assertThat(peer.isAlive()).isTrue();
                assertHolds(ensemble, peer, written + 1);
            }
        }
    }

    @Test
    void aFollowerWithAFullDiskStandsAsideUntilThereIsRoomAndTheOthersGoOn() throws IOException {
        try (ProcessEnsemble ensemble = ensembleWithFloor("32MiB", 1)) {
            ensemble.awaitServing();
            ServerProcess full = ensemble.peer(1); // the lowest id: it does not lead while the others are equal
            FluxkeeperClient client = connectToTheOthers(ensemble);
            int written = 0;
            while (written < MORE_THAN_SMALL) {
                client.create("/fill-" + written, value(written)).block(PATIENCE);
                written++;
            }
            assertThat(full.isAlive()).isTrue();
            assertThat(full.output()).contains("less than half of journal.freeBytesMin");

            SmallDisk.grow(full, LARGE_MIB);
            ensemble.awaitServing(full);
            assertHolds(ensemble, full, written);
            client.close().block(PATIENCE);
        }
    }

    @Test
    void aLeaderWithAFullDiskHandsOverAndItsClientsGoOn() throws IOException {
        int leaderToBe = 3; // of those that hold everything the highest id takes over
        try (ProcessEnsemble ensemble = ensembleWithFloor("32MiB", leaderToBe)) {
            ensemble.awaitServing();
            ServerProcess full = ensemble.peer(leaderToBe);
            ServerProcess first = ensemble.awaitLeader();
            if (first != full) {
                first.terminate();
                first.start();
                ensemble.awaitServing();
            }
            assertThat(ensemble.awaitLeader()).isSameAs(full);
            FluxkeeperClient client = FluxkeeperClient.builder()
                    .addresses(full.clientAddress)
                    .requestTimeout(PATIENCE)
                    .connect()
                    .block(PATIENCE);
            int written = 0;
            while (!full.output().contains("to take over") && written < MORE_THAN_SMALL) {
                client.create("/fill-" + written, value(written)).block(PATIENCE);
                written++;
            }

            client.create("/fill-" + written, value(written)).block(PATIENCE);

            assertThat(full.output()).contains("to take over");
            assertThat(ensemble.awaitLeader()).isNotSameAs(full);
            assertHolds(ensemble, ensemble.peer(1), written + 1);
            client.close().block(PATIENCE);
        }
    }

    @Test
    void withoutAFloorThePeerStopsAndSaysWhyAndTheOthersGoOn() throws IOException {
        try (ProcessEnsemble ensemble = ensembleWithFloor("0", 1)) {
            ensemble.awaitServing();
            ServerProcess full = ensemble.peer(1);
            // it has a session: should the full peer lead, then what was under way has its outcome all the same
            FluxkeeperClient client = connectToTheOthers(ensemble);
            int written = 0;
            while (full.isAlive() && written < WRITES_MAX) {
                client.create("/fill-" + written, value(written)).block(PATIENCE);
                written++;
            }
            assertThat(full.exitCode()).isEqualTo(70);
            assertThat(full.output()).contains("peer 1 stops").contains("No space left on device");
            client.create("/fill-" + written, value(written)).block(PATIENCE);
            client.close().block(PATIENCE);

            full.launchBy(SmallDisk.launcher(full.data(), LARGE_MIB));
            full.start();
            ensemble.awaitServing(full);
            assertHolds(ensemble, full, written + 1);
        }
    }

    private ProcessEnsemble ensembleWithFloor(String freeBytesMin, Integer... small) throws IOException {
        String settings = "journal:\n  freeBytesMin: " + freeBytesMin + "\n  spaceCheckInterval: 50ms\n"
                + "replica:\n  treeBytesMax: 0\n"; // it is the disks that are to be too small
        Path file = Files.writeString(directory.resolve("fluxkeeper.yaml"), settings);
        return ProcessEnsemble.prepared(directory, "--config", file.toString()).started(peer -> {
            if (Arrays.asList(small).contains(peer.id)) {
                peer.launchBy(SmallDisk.launcher(peer.data(), SMALL_MIB));
            }
        });
    }

    private static FluxkeeperClient connectToTheOthers(ProcessEnsemble ensemble) {
        return FluxkeeperClient.builder()
                .addresses(ensemble.peer(2).clientAddress, ensemble.peer(3).clientAddress)
                .requestTimeout(PATIENCE)
                .connect()
                .block(PATIENCE);
    }

    private static boolean isWritten(FluxkeeperClient client, String path) {
        try {
            return client.create(path, null).block(PATIENCE) != null;
        } catch (RetryableException refused) {
            assertThat(refused.code()).isEqualTo(ErrorCode.DISK_FULL);
            return false;
        }
    }

    private static void assertHolds(ProcessEnsemble ensemble, ServerProcess peer, int count) {
        FluxkeeperClient client = ensemble.connectTo(peer);
        client.sync().block(PATIENCE);
        for (int i = 0; i < count; i++) {
            assertThat(client.get("/fill-" + i).block(PATIENCE).data())
                    .as("/fill-%d at peer %d", i, peer.id)
                    .isEqualTo(value(i));
        }
        client.close().block(PATIENCE);
    }

    private static byte[] value(int number) {
        byte[] value = new byte[VALUE_BYTES];
        Arrays.fill(value, (byte) (number + 1));
        return value;
    }
}
