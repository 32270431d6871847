package io.fluxkeeper.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.RefusedException;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.server.TestPorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** A packaged server with a tree that would outgrow its heap. */
@Timeout(300)
class HeapExhaustedIT {
    private static final int HEAP_MIB = 128;
    private static final int VALUE_BYTES = 100_000;
    private static final int WRITES_MAX = 2 * (HEAP_MIB << 20) / VALUE_BYTES;
    /** More than what was taken while the tree filled and was not counted yet. */
    private static final int DELETED = 16;

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir
    Path directory;

    @Test
    void aTreeTakesNoMoreOfTheHeapThanItMayAndGoesOnWhenItIsSmaller() throws Exception {
        String address = "127.0.0.1:" + TestPorts.take(1).get(0);
        Process peer = start(address, directory.resolve("output"));
        try {
            FluxkeeperClient client =
                    FluxkeeperClient.builder().addresses(address).connect().block(PATIENCE);

            StepVerifier.create(fill(client).then())
                    .expectErrorSatisfies(full -> assertThat(full)
                            .isInstanceOf(RefusedException.class)
                            .hasMessageStartingWith("TREE_FULL: the tree takes ")
                            .hasMessageContaining(" bytes of the leader's heap; from treeBytesMax (")
                            .hasMessageEndingWith("delete some, or give every peer a larger heap"))
                    .verify(PATIENCE);

            client.set("/fill-0", new byte[VALUE_BYTES]).block(PATIENCE);
            Flux.range(0, DELETED).concatMap(i -> client.delete("/fill-" + i)).blockLast(PATIENCE);
            client.create("/again", new byte[VALUE_BYTES]).block(PATIENCE);
            client.close().block(PATIENCE);
            assertThat(peer.isAlive()).isTrue();
        } finally {
            peer.destroyForcibly();
        }
    }

    private static Flux<ServerReply.Created> fill(FluxkeeperClient client) {
        return Flux.range(0, WRITES_MAX).flatMap(i -> client.create("/fill-" + i, new byte[VALUE_BYTES]), 8);
    }

    /** A process that lives on would keep its sockets, and its place. */
    @Test
    void aPeerWhoseHeapIsExhaustedEndsAndSaysWhy() throws Exception {
        Path output = directory.resolve("output");
        Path unbounded = Files.writeString(directory.resolve("fluxkeeper.yaml"), "replica: {treeBytesMax: 0}");
        String address = "127.0.0.1:" + TestPorts.take(1).get(0);
        Process peer = start(address, output, "--config", unbounded.toString());
        try {
            FluxkeeperClient client = FluxkeeperClient.builder()
                    .addresses(address)
                    .withoutSession()
                    .connect()
                    .block(PATIENCE);
            fill(client).onErrorComplete().subscribe();

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

    private Process start(String address, Path output, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                ServerProcess.JAVA.toString(),
                "-Xmx" + HEAP_MIB + "m",
                "-jar",
                ServerProcess.JAR.toString(),
                "--client",
                address,
                "--data",
                directory.resolve("data").toString()));
        command.addAll(List.of(more));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }
}
