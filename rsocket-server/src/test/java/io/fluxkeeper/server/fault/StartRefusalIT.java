package io.fluxkeeper.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the packaged jar says, in one line, and with which code it ends when it cannot start. */
@Timeout(120)
class StartRefusalIT {
    private static final String ANYWHERE = "127.0.0.1:0";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    /** @param error all of standard error */
    private record Ended(int code, String error) {}

    @Test
    void aWrongConfigurationIsCodeTwo() throws Exception {
        Ended ended = run("--id", "300");

        assertThat(ended)
                .isEqualTo(new Ended(
                        2, "fluxkeeper: id: \"300\" is not allowed; allowed is a whole number from 1 to 255\n"));
    }

    @Test
    void aTakenPortIsCodeOne() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();

            Ended ended = run("--data", data(), "--client", address);

            assertThat(ended)
                    .isEqualTo(new Ended(
                            1, "fluxkeeper: cannot listen for clients at " + address + ": Address already in use\n"));
        }
    }

    @Test
    void aTakenPortForPeersOrForWebSocketIsCodeOne() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();

            assertThat(run("--data", data(), "--id", "1", "--ensemble", "1=127.0.0.1:" + port + ":0,2=127.0.0.1:1:2"))
                    .isEqualTo(new Ended(
                            1,
                            "fluxkeeper: cannot listen for peers at 127.0.0.1:" + port + ": Address already in use\n"));
            assertThat(run("--data", data(), "--client", ANYWHERE, "--websocket-port", Integer.toString(port)))
                    .isEqualTo(new Ended(
                            1,
                            "fluxkeeper: cannot listen for clients by WebSocket at 127.0.0.1:" + port
                                    + ": Address already in use\n"));
        }
    }

    @Test
    void aHostThatNobodyKnowsIsCodeOne() throws Exception {
        assertThat(run("--data", data(), "--client", "nobody.invalid:7400"))
                .isEqualTo(new Ended(
                        1,
                        "fluxkeeper: cannot listen for clients at nobody.invalid:7400: this name is not known here\n"));
    }

    @Test
    void aDataDirectoryThatCannotBeOneIsCodeOne() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));

        assertThat(run("--data", file.toString(), "--client", ANYWHERE))
                .isEqualTo(new Ended(
                        1,
                        "fluxkeeper: the data directory " + file + " cannot be used: it is not a directory (" + file
                                + ")\n"));
        Path below = file.resolve("data");
        assertThat(run("--data", below.toString(), "--client", ANYWHERE))
                .isEqualTo(new Ended(
                        1,
                        "fluxkeeper: the data directory " + below + " cannot be used: Not a directory (" + below
                                + ")\n"));
    }

    @Test
    void aDataDirectoryInUseOfAnotherPeerOrOfANewerFormatIsCodeOne() throws Exception {
        Path output = directory.resolve("first.out");
        Process first = process("--data", data(), "--client", ANYWHERE)
                .redirectOutput(output.toFile())
                .redirectError(directory.resolve("first.err").toFile())
                .start();
        try {
            Awaitility.await("it listens")
                    .atMost(PATIENCE)
                    .until(() -> Files.readString(output).contains("clients at"));
            assertThat(run("--data", data(), "--client", ANYWHERE))
                    .isEqualTo(new Ended(
                            1,
                            "fluxkeeper: The data directory " + data() + " is in use by another process: stop that"
                                    + " one, or give this peer a directory of its own.\n"));
        } finally {
            first.destroy();
            assertThat(first.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(first.exitValue()).isZero();

        assertThat(run("--id", "2", "--data", data(), "--client", ANYWHERE))
                .isEqualTo(new Ended(
                        1,
                        "fluxkeeper: The data directory " + data() + " belongs to peer 1, and this is peer 2:"
                                + " correct the peer id or the data directory.\n"));

        assertThat(run("--data", data(), "--client", ANYWHERE, "--consensus", "multi-paxos"))
                .isEqualTo(new Ended(
                        1,
                        "fluxkeeper: The data directory " + data() + " was written with zab, and this peer is to run"
                                + " multi-paxos: start it with --consensus=zab, or give it a directory of its own.\n"));

        raiseFormat(directory.resolve("data").resolve("journal.state"));
        assertThat(run("--data", data(), "--client", ANYWHERE))
                .isEqualTo(new Ended(
                        1,
                        "fluxkeeper: journal.state in " + data() + " has format 2; this version reads up to 1: start"
                                + " a newer version.\n"));
    }

    /** Only the other peers know: it starts, hears them, and ends. */
    @Test
    void aDataDirectoryOfAnotherEnsembleIsCodeOneAndHarmsNobody() throws Exception {
        Path stray = directory.resolve("stray");
        Path output = directory.resolve("stray.out");
        Process alone = process(
                        "--id",
                        "3",
                        "--data",
                        stray.toString(),
                        "--client",
                        ANYWHERE,
                        "--consensus",
                        ProcessEnsemble.CONSENSUS)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        Awaitility.await("it has founded an ensemble")
                .atMost(PATIENCE)
                .until(() -> Files.readString(output).contains("LEADING"));
        alone.destroy();
        assertThat(alone.waitFor(30, TimeUnit.SECONDS)).isTrue();

        try (ProcessEnsemble ensemble = new ProcessEnsemble(directory)) {
            ensemble.awaitServing();
            ServerProcess third = ensemble.peer(3);
            third.kill();
            Files.move(third.data(), directory.resolve("put-aside"));
            Files.move(stray, third.data());
            third.start();

            assertThat(third.exitCode()).isEqualTo(1);
            assertThat(third.outputSinceStart().lines().filter(line -> line.startsWith("fluxkeeper: ")))
                    .singleElement(InstanceOfAssertFactories.STRING)
                    .matches("fluxkeeper: The data directory " + third.data() + " belongs to the ensemble [0-9a-f]+,"
                            + " and the peers \\[1, 2] to the ensemble [0-9a-f]+: correct the ensemble or the data"
                            + " directory\\.");
            ensemble.awaitServing(ensemble.peer(1));
            ensemble.awaitServing(ensemble.peer(2));
        }
    }

    /** Both slots as a later version would write them: the format is in the upper half of the second word. */
    private static void raiseFormat(Path sidecar) throws IOException {
        int slotStride = 4096;
        int slotBytes = 80;
        byte[] bytes = Files.readAllBytes(sidecar);
        for (int at = 0; at + slotBytes <= bytes.length; at += slotStride) {
            ByteBuffer slot = ByteBuffer.wrap(bytes, at, slotBytes).slice();
            if (slot.getInt(0) != 0) {
                slot.putInt(4, 2 << 16 | slot.getInt(4) & 0xffff);
                CRC32C crc = new CRC32C();
                crc.update(bytes, at, slotBytes - 4);
                slot.putInt(slotBytes - 4, (int) crc.getValue());
            }
        }
        Files.write(sidecar, bytes);
    }

    private String data() {
        return directory.resolve("data").toString();
    }

    private Ended run(String... flags) throws Exception {
        Path error = Files.createTempFile(directory, "refused", ".err");
        Process process = process(flags)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(error.toFile())
                .start();
        try {
            assertThat(process.waitFor(30, TimeUnit.SECONDS))
                    .as("it ends by itself")
                    .isTrue();
            return new Ended(process.exitValue(), Files.readString(error));
        } finally {
            process.destroyForcibly();
        }
    }

    private static ProcessBuilder process(String... flags) {
        List<String> command = new ArrayList<>(
                List.of(ServerProcess.JAVA.toString(), "-Xmx128m", "-jar", ServerProcess.JAR.toString()));
        command.addAll(List.of(flags));
        return new ProcessBuilder(command);
    }
}
