package io.fluxkeeper.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.server.config.HostPort;
import io.fluxkeeper.server.config.ServerConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MainTest {
    @TempDir
    Path directory;

    private final List<ServerConfig> played = new ArrayList<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final FakeParts parts = new FakeParts();

    @Test
    void stopsWithCodeZeroWhenItIsAskedTo() {
        int code =
                run(() -> parts, (server, timeout, ended) -> server.stop().subscribe(), "--data", directory.toString());

        assertThat(code).isZero();
        assertThat(played).hasSize(1);
        assertThat(text(out))
                .isEqualTo("fluxkeeper (built from source) peer 1: clients at 127.0.0.1:7401, peers at 127.0.0.1:7501,"
                        + " data in " + directory + "\n");
        assertThat(text(err)).isEmpty();
    }

    @Test
    void saysWhereItListensForWebSocket() {
        parts.webSocket = new HostPort("127.0.0.1", 7601);

        run(() -> parts, (server, timeout, ended) -> server.kill().subscribe(), "--websocket-port", "0");

        assertThat(text(out)).contains("clients at 127.0.0.1:7401, by WebSocket at 127.0.0.1:7601, peers at");
    }

    @Test
    void saysThatItIsForTryingOutWhenNothingIsSaid() {
        run(() -> parts, (server, timeout, ended) -> server.kill().subscribe());

        assertThat(text(out))
                .contains("data in fluxkeeper-data (one peer for trying out; --help says how to start an ensemble)");
    }

    @Test
    void endsWithItsOwnCodeWhenAPartOfTheRunningPeerFails() {
        int code = run(
                () -> parts,
                (server, timeout, ended) -> parts.mailbox.internal(new ReplicaInput.Cancelled(1)),
                "--data",
                directory.toString());

        assertThat(code).isEqualTo(70);
        assertThat(text(err)).isEqualTo("fluxkeeper: peer 1 has stopped: fluxkeeper-replica failed: gap in history\n");
    }

    @Test
    void saysWhenAPartFailsWhileItStopsAsAsked() {
        parts.journal.closingFails = true;

        int code =
                run(() -> parts, (server, timeout, ended) -> server.stop().subscribe(), "--data", directory.toString());

        assertThat(code).isEqualTo(70);
        assertThat(text(err))
                .isEqualTo("fluxkeeper: peer 1 has stopped: fluxkeeper-journal failed: Input/output error\n");
    }

    @Test
    void cannotStartWhenAPartSaysSo() {
        parts.openFailure = new StartException("the data directory is of peer 2", new IOException());

        assertThat(run(() -> parts, (server, timeout, ended) -> {}, "--id", "1"))
                .isEqualTo(1);
        assertThat(played).isEmpty();
        assertThat(text(err)).isEqualTo("fluxkeeper: the data directory is of peer 2\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "--id 300 | id: \"300\" is not allowed; allowed is a whole number from 1 to 255",
                "--id 4 --ensemble 1=h:1:2,2=h:3:4 | id: \"4\" is not allowed; allowed is an id of the ensemble, one of [1, 2]",
                "--ensemble 1=h:1:2 | id: is missing; with an ensemble it says which of its peers this is, one of [1]",
                "--id 1 --ensemble 1=h:1 | ensemble: \"1=h:1\" is not allowed; allowed is ID=HOST:PEERPORT:CLIENTPORT for each peer, ids from 1 to 255, ports from 0 to 65535, each id once",
                "--id 1 --ensemble 1=h:1:2,2=h:2:3 | ensemble: h:2 is used twice, by peer 1 and by peer 2; allowed is an address of its own for each port",
                "--client 7400 | client: \"7400\" is not allowed; allowed is HOST:PORT, the port from 0 to 65535",
                "--client h:+40 | client: \"h:+40\" is not allowed; allowed is HOST:PORT, the port from 0 to 65535",
                "--websocket-port 70000 | webSocketPort: \"70000\" is not allowed; allowed is off or a port from 0 to 65535",
                "--found 1,9 | found: \"[1, 9]\" is not allowed; allowed is ids of the ensemble, at least 1 of [1]",
                "--config nowhere.yaml | config: there is no file nowhere.yaml",
                "--frobnicate | Unknown option: '--frobnicate' (--help lists all flags)",
            })
    void refusesAWrongFlagInOneLine(String arguments, String message) {
        assertThat(run(() -> parts, (server, timeout, ended) -> {}, arguments.split(" ")))
                .isEqualTo(2);
        assertThat(text(err)).isEqualTo("fluxkeeper: " + message + "\n");
        assertThat(parts.story).isEmpty();
    }

    @Test
    void letsFlagsWinOverTheFile() throws IOException {
        Path file = directory.resolve("fluxkeeper.yaml");
        Files.writeString(file, "id: 2\ndata: /nowhere\nclient: 127.0.0.1:1\n");
        StringBuilder seen = new StringBuilder();

        run(
                () -> parts,
                (server, timeout, ended) -> {
                    seen.append(server.id()).append(' ').append(server.dataDirectory());
                    server.kill().subscribe();
                },
                "--config",
                file.toString(),
                "--data",
                directory.toString());

        assertThat(seen).hasToString("2 " + directory);
    }

    @Test
    void printsHelpAndVersion() {
        assertThat(run(() -> parts, (server, timeout, ended) -> {}, "--help")).isZero();
        assertThat(text(out))
                .contains("--ensemble=ENSEMBLE", "clients at 127.0.0.1:7400, data in ./fluxkeeper-data", "Exit codes");
        out.reset();
        assertThat(run(() -> parts, (server, timeout, ended) -> {}, "--version"))
                .isZero();
        assertThat(text(out)).startsWith("fluxkeeper ");
    }

    @Test
    void saysWhichPortIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();

            int code = run(
                    PeerAssembly::new,
                    (server, timeout, ended) -> {},
                    "--data",
                    directory.toString(),
                    "--client",
                    address);

            assertThat(code).isEqualTo(1);
            assertThat(text(err))
                    .startsWith("fluxkeeper: cannot listen for clients at " + address + ": ")
                    .hasLineCount(1);
        }
    }

    @Test
    void saysThatTheDataDirectoryIsInUse() {
        FluxkeeperServer other =
                FluxkeeperServer.builder().dataDirectory(directory).start().block();
        try {
            int code = run(
                    PeerAssembly::new,
                    (server, timeout, ended) -> {},
                    "--data",
                    directory.toString(),
                    "--client",
                    "127.0.0.1:0");

            assertThat(code).isEqualTo(1);
            assertThat(text(err))
                    .isEqualTo(
                            "fluxkeeper: The data directory " + directory + " is in use by another process: stop that"
                                    + " one, or give this peer a directory of its own.\n");
        } finally {
            other.kill().block();
        }
    }

    private int run(Supplier<PeerParts> peerParts, Main.Runtime runtime, String... arguments) {
        return new Main(print(out), print(err), peerParts, runtime, played::add).run(arguments);
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }
}
