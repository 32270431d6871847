package io.fluxkeeper.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.server.TestPorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** A packaged server with a tree that outgrows its heap. */
@Timeout(300)
class HeapExhaustedIT {
    private static final int HEAP_MIB = 64;
    private static final int VALUE_BYTES = 100_000;
    private static final int WRITES_MAX = 2 * (HEAP_MIB << 20) / VALUE_BYTES;
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir
    Path directory;

    /** A process that lives on would keep its sockets, and its place. */
    @Test
    void aPeerWhoseHeapIsExhaustedEndsAndSaysWhy() throws Exception {
        Path output = directory.resolve("output");
        String address = "127.0.0.1:" + TestPorts.take(1).get(0);
        Process peer = start(address, output);
        try {
            FluxkeeperClient client = FluxkeeperClient.builder()
                    .addresses(address)
                    .withoutSession()
                    .connect()
                    .block(PATIENCE);
            Flux.range(0, WRITES_MAX)
                    .flatMap(i -> client.create("/fill-" + i, new byte[VALUE_BYTES]), 8)
                    .onErrorComplete()
                    .subscribe();

            assertThat(peer.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            client.close().onErrorComplete().block(PATIENCE);
        } finally {
            peer.destroyForcibly();
        }

        assertThat(peer.exitValue()).isEqualTo(70);
        assertThat(Files.readString(output))
                .contains(
                        "fluxkeeper: the peer has stopped: the heap is exhausted; start it with a larger one (-Xmx), or"
                                + " keep less in the tree\n");
    }

    private Process start(String address, Path output) throws IOException {
        return new ProcessBuilder(List.of(
                        ServerProcess.JAVA.toString(),
                        "-Xmx" + HEAP_MIB + "m",
                        "-jar",
                        ServerProcess.JAR.toString(),
                        "--client",
                        address,
                        "--data",
                        directory.resolve("data").toString()))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }
}
