package io.fluxkeeper.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.TreeEvent;
import io.fluxkeeper.client.WatchSpec;
import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.server.config.HostPort;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

/**
 * A leader dies under many sessions with many watches each. They attach again, each with its watches' positions, and go
 * on: nobody reads anything anew, which is what makes a herd of a fail-over elsewhere. Counted by the servers' own meters.
 *
 * <p>Larger: {@code -Dherd.peers=5 -Dherd.sessions=2000 -Dherd.watches=50 -Dherd.quietSeconds=10}; five peers, since
 * each takes 1,000 connections from one address.
 */
@Timeout(600)
class HerdFreeFailOverTest {
    private static final int PEERS = Integer.getInteger("herd.peers", 3);
    private static final int SESSIONS = Integer.getInteger("herd.sessions", 40);
    private static final int WATCHES = Integer.getInteger("herd.watches", 10);
    private static final Duration QUIET = Duration.ofSeconds(Integer.getInteger("herd.quietSeconds", 0));
    private static final Duration SOON = Duration.ofSeconds(120);
    private static final Set<String> OPENS = Set.of(Routes.SESSION_OPEN.name());
    private static final Set<String> READS = Set.of(
            Routes.ZNODE_GET.name(),
            Routes.ZNODE_EXISTS.name(),
            Routes.ZNODE_CHILDREN.name(),
            Routes.ZNODE_SYNC.name());

    private final List<MeterRegistry> registries = new CopyOnWriteArrayList<>();
    private final List<FluxkeeperClient> clients = new ArrayList<>();
    private final List<String> wrong = new CopyOnWriteArrayList<>();

    /** Events of all streams together. */
    private final AtomicInteger events = new AtomicInteger();

    @Test
    void everyWatchGoesOnAfterTheLeadersDeathAndNobodyReads() {
        EmbeddedEnsemble ensemble = EmbeddedEnsemble.start(PEERS, builder -> {
                    MeterRegistry registry = new SimpleMeterRegistry();
                    registries.add(registry);
                    builder.meterRegistry(registry);
                })
                .block(SOON);
        try {
            ensemble.ready().block(SOON);
            String[] addresses =
                    ensemble.addresses().stream().map(HostPort::toString).toArray(String[]::new);
            FluxkeeperClient writer = connect(addresses, 1).get(0);
            Zxid start = null;
            for (int i = 0; i < WATCHES; i++) {
                start = writer.create(path(i), null).block(SOON).zxid();
            }
            for (FluxkeeperClient client : connect(addresses, SESSIONS)) {
                for (int i = 0; i < WATCHES; i++) {
                    watch(client, path(i), start);
                }
            }
            setAll(writer);
            await().atMost(SOON).until(() -> events.get() >= SESSIONS * WATCHES);
            writer.get(path(0)).block(SOON);
            assertThat(count(READS, peer -> true)).as("the meters count reads").isEqualTo(1);

            await().atMost(SOON).until(() -> ensemble.leader().isPresent());
            PeerId leader = ensemble.leader().orElseThrow();
            Predicate<String> survives = peer -> !peer.equals(leader.toString());
            long reads = count(READS, survives);
            long opens = count(OPENS, survives);
            ensemble.kill(leader).block(SOON);
            setAll(writer);
            await().atMost(SOON).until(() -> events.get() >= 2 * SESSIONS * WATCHES);
            await().atMost(QUIET.plusSeconds(10)).during(QUIET).until(wrong::isEmpty);

            assertThat(wrong).isEmpty();
            assertThat(events).hasValue(2 * SESSIONS * WATCHES);
            assertThat(count(OPENS, survives))
                    .as("sessions of the dead leader attached again")
                    .isGreaterThan(opens);
            assertThat(count(READS, survives) - reads)
                    .as("reads after the fail-over")
                    .isZero();
        } finally {
            Flux.fromIterable(clients)
                    .flatMap(client -> client.close().onErrorComplete(), 64)
                    .blockLast(SOON);
            ensemble.close().block(SOON);
        }
    }

    private List<FluxkeeperClient> connect(String[] addresses, int count) {
        List<FluxkeeperClient> connected = Flux.range(0, count)
                .flatMap(
                        i -> FluxkeeperClient.builder()
                                .addresses(addresses)
                                .sessionTimeout(Duration.ofSeconds(30))
                                .requestTimeout(SOON)
                                .connect(),
                        64)
                .collectList()
                .block(SOON);
        clients.addAll(connected);
        return connected;
    }

    /** Each version must come once, in order. */
    private void watch(FluxkeeperClient client, String path, Zxid after) {
        AtomicInteger last = new AtomicInteger();
        client.watch(WatchSpec.znode(path).after(after))
                .subscribe(event -> seen(event, last), failed -> wrong.add(path + ": " + failed));
    }

    private void seen(TreeEvent event, AtomicInteger last) {
        int version = event instanceof TreeEvent.Changed changed && changed.stat() != null
                ? changed.stat().version()
                : -1;
        if (version != last.incrementAndGet()) {
            wrong.add(event + " came where version " + last + " was due");
        }
        events.incrementAndGet();
    }

    private static void setAll(FluxkeeperClient writer) {
        Flux.range(0, WATCHES)
                .flatMap(i -> writer.set(path(i), new byte[] {1}), 16)
                .blockLast(SOON);
    }

    /** Of requests at those peers: what a peer counted goes with it. */
    private long count(Set<String> routes, Predicate<String> peers) {
        long count = 0;
        for (MeterRegistry registry : registries) {
            for (Timer timer : registry.find("fluxkeeper.client.requests").timers()) {
                boolean counts = routes.contains(timer.getId().getTag("route"))
                        && peers.test(timer.getId().getTag("peer"));
                count += counts ? timer.count() : 0;
            }
        }
        return count;
    }

    private static String path(int watch) {
        return "/herd-" + watch;
    }
}
