package io.fluxkeeper.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.MultiBuilder;
import io.fluxkeeper.core.znode.CreateMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A client whose heap would not hold a listing lists it all the same, all of one moment, while another one reads.
 *
 * <p>Larger: {@code -Dlisting.children=1000000 -Dlisting.heap=64m}. It prints the reads' p99 before and meanwhile.
 */
@Timeout(600)
class HugeListingTest {
    private static final int CHILDREN = Integer.getInteger("listing.children", 50_000);
    private static final String HEAP = System.getProperty("listing.heap", "24m");
    private static final int PER_MULTI = 1_000;
    private static final Duration SOON = Duration.ofSeconds(60);

    @Test
    void aListingNeedsNoMemoryForAllItsNames() throws Exception {
        EmbeddedEnsemble ensemble = EmbeddedEnsemble.start(1).block(SOON);
        try {
            ensemble.ready().block(SOON);
            String address = ensemble.addresses().get(0).toString();
            FluxkeeperClient client = FluxkeeperClient.builder()
                    .addresses(address)
                    .requestTimeout(SOON)
                    .connect()
                    .block(SOON);
            client.create("/huge", null).block(SOON);
            for (int from = 0; from < CHILDREN; from += PER_MULTI) {
                createSome(client, from, Math.min(CHILDREN, from + PER_MULTI));
            }
            List<Long> alone = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                alone.add(readNanos(client));
            }

            Process listing = list(address);
            List<Long> meanwhile = new ArrayList<>();
            while (listing.isAlive()) {
                meanwhile.add(readNanos(client));
            }

            String said = new String(listing.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(said.lines()).contains(CHILDREN + " names");
            System.out.printf(
                    "listing: children=%d heap=%s, a get's p99 %d us alone, %d us meanwhile%n",
                    CHILDREN, HEAP, p99Micros(alone), p99Micros(meanwhile));
            client.close().block(SOON);
        } finally {
            ensemble.close().block(SOON);
        }
    }

    private static void createSome(FluxkeeperClient client, int from, int to) {
        MultiBuilder multi = client.multi();
        for (int i = from; i < to; i++) {
            multi = multi.create(
                    String.format("/huge/a-child-with-a-name-of-some-length-%09d", i), null, CreateMode.PERSISTENT);
        }
        multi.commit().block(SOON);
    }

    private static Process list(String address) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + HEAP,
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        ListingProcess.class.getName(),
                        address,
                        "/huge")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static long readNanos(FluxkeeperClient client) {
        long start = System.nanoTime();
        client.get("/huge").block(SOON);
        return System.nanoTime() - start;
    }

    private static long p99Micros(List<Long> nanos) {
        Collections.sort(nanos);
        return nanos.isEmpty() ? 0 : nanos.get(nanos.size() * 99 / 100) / 1_000;
    }
}
