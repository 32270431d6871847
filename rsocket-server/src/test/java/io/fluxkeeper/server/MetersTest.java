package io.fluxkeeper.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.core.znode.ZnodeTree;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;

/** What a real peer says of itself and its clients to a registry. */
class MetersTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @TempDir
    Path directory;

    @Test
    void ofAPeerThatIsStartedAgainAreItsOwn() {
        for (int start = 1; start <= 2; start++) {
            FluxkeeperServer server = FluxkeeperServer.builder()
                    .meterRegistry(registry)
                    .dataDirectory(directory)
                    .start()
                    .block(SOON);
            server.ready().block(SOON);
            FluxkeeperClient client = FluxkeeperClient.builder()
                    .addresses(server.clientAddress().toString())
                    .connect()
                    .block(SOON);
            Disposable watch = client.watch("/a" + start).subscribe();
            await().atMost(SOON).until(() -> gauge("fluxkeeper.client.subscriptions") == 1);

            client.create("/a" + start, null).block(SOON);

            assertThat(gauge("fluxkeeper.client.connections")).isEqualTo(1);
            assertThat(gauge("fluxkeeper.serving")).isEqualTo(1);
            assertThat(gauge("fluxkeeper.znodes")).isEqualTo(ZnodeTree.BUILT_IN.size() + start);
            assertThat(gauge("fluxkeeper.tree.bytes")).isPositive();
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(registry.get("fluxkeeper.client.watch.items")
                                    .tag("peer", "1")
                                    .counter()
                                    .count())
                            .as("Started and one change")
                            .isGreaterThanOrEqualTo(2));
            watch.dispose();
            client.close().block(SOON);
            server.stop().block(SOON);
            assertThat(registry.getMeters()).isEmpty();
        }
    }

    private double gauge(String name) {
        return registry.get(name).tag("peer", "1").gauge().value();
    }
}
