package io.fluxkeeper.server.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.ObserveSpec;
import io.fluxkeeper.client.TreeEvent;
import io.fluxkeeper.client.WatchSpec;
import io.fluxkeeper.client.ZnodeCache;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.znode.ZnodePath;
import io.fluxkeeper.server.EmbeddedEnsemble;
import io.fluxkeeper.server.config.HostPort;
import io.fluxkeeper.server.streams.TreeWriter.Write;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

/**
 * A client whose connections are cut again and again, at three peers, while others write: its watch gets every change
 * once and in order, and what it observes is what there is at every marker. The README has the command for the whole
 * size.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class StreamCutsIT {
    private static final int WRITES = Integer.getInteger("streams.writes", 6_000);
    private static final int CUTS = Integer.getInteger("streams.cuts", 20);
    private static final int WRITERS = 8;
    private static final int WRITES_EACH = WRITES / WRITERS;

    /** Of the observation: each goes on until there is another marker, so that there are enough however slow the machine. */
    private static final int ROUNDS = CUTS / 10 + 1;

    private static final String TOP = "/watched";
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** Znodes that nobody writes, so that a state takes a while to show. */
    private static final int STANDING_ZNODES = 300;

    private final List<FaultyWire> wires = new ArrayList<>();
    private final List<TreeWriter> writers = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(1);
    private EmbeddedEnsemble ensemble;
    private FluxkeeperClient client;
    private String[] direct;
    private Zxid start;

    @BeforeEach
    void start() throws Exception {
        ensemble = EmbeddedEnsemble.start(3).block(PATIENCE);
        ensemble.ready().block(PATIENCE);
        direct = ensemble.addresses().stream().map(HostPort::toString).toArray(String[]::new);
        for (HostPort address : ensemble.addresses()) {
            wires.add(new FaultyWire(address));
        }
        client = FluxkeeperClient.builder()
                .addresses(wires.stream().map(FaultyWire::address).toArray(String[]::new))
                .retryDelay(Duration.ofMillis(5), Duration.ofMillis(50))
                .connect()
                .block(PATIENCE);
        client.create(TOP, null).block(PATIENCE);
        start = Flux.range(0, STANDING_ZNODES)
                .flatMapSequential(i -> client.create(TOP + "/standing-" + i, bytes("standing")), 64)
                .last()
                .block(PATIENCE)
                .zxid();
        for (int i = 0; i < WRITERS; i++) {
            writers.add(new TreeWriter(TOP, i, direct));
        }
    }

    @AfterEach
    void stop() throws Exception {
        writers.forEach(TreeWriter::close);
        client.close().block(PATIENCE);
        for (FaultyWire wire : wires) {
            wire.close();
        }
        ensemble.close().block(PATIENCE);
    }

    @Test
    void aWatchGetsEveryChangeOnceAndInOrder() throws Exception {
        List<String> got = Collections.synchronizedList(new ArrayList<>());
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        client.watch(WatchSpec.subtree(TOP).after(start).includingData())
                .map(StreamCutsIT::told)
                .subscribe(got::add, failures::add);

        writeAndCut(WRITES_EACH, CUTS);

        List<String> committed = committed().stream()
                .map(write -> told(write.zxid(), write.type(), write.path(), write.data()))
                .toList();
        await().atMost(PATIENCE).until(() -> got.size() >= committed.size() || !failures.isEmpty());
        assertThat(failures).isEmpty();
        assertThat(got).isEqualTo(committed);
        System.out.printf("stream cuts: cuts=%d changes=%d, all received, in order%n", CUTS, committed.size());
    }

    @Test
    void whatIsObservedIsWhatThereIsAtEveryMarker() throws Exception {
        Map<Zxid, TreeMap<String, String>> atMarkers = new ConcurrentSkipListMap<>();
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        AtomicBoolean over = new AtomicBoolean();
        // Again and again from the beginning, so that there are many markers, amid the cuts.
        Flux<TreeEvent> states = Flux.defer(() -> {
                    TreeMap<String, String> copy = new TreeMap<>();
                    return client.observe(ObserveSpec.subtree(TOP).includingData())
                            .limitRate(512) // what follows asks for little at a time
                            .doOnNext(event -> apply(event, copy, atMarkers))
                            .skipUntil(TreeEvent.Exact.class::isInstance)
                            .take(50);
                })
                .repeat(() -> !over.get());
        states.subscribe(event -> {}, failures::add);
        ZnodeCache cache = client.cache(ObserveSpec.subtree(TOP).includingData());

        for (int round = 1; round <= ROUNDS; round++) {
            int markers = round;
            writeAndCut(share(WRITES_EACH, round), share(CUTS, round));
            await().atMost(PATIENCE).until(() -> atMarkers.size() >= markers || !failures.isEmpty());
        }
        over.set(true);

        List<Write> committed = committed();
        Zxid last = committed.get(committed.size() - 1).zxid();
        await().atMost(PATIENCE).until(() -> cache.zxid().equals(last) || !failures.isEmpty());
        assertThat(failures).isEmpty();
        TreeMap<String, String> tree = standing();
        TreeMap<String, String> cached = new TreeMap<>();
        int next = 0;
        assertThat(atMarkers).hasSizeGreaterThan(CUTS / 10);
        for (Map.Entry<Zxid, TreeMap<String, String>> marker : atMarkers.entrySet()) {
            while (next < committed.size() && !committed.get(next).zxid().isAfter(marker.getKey())) {
                apply(committed.get(next++), tree);
            }
            assertThat(marker.getValue()).as("at %s", marker.getKey()).isEqualTo(tree);
        }
        while (next < committed.size()) {
            apply(committed.get(next++), tree);
        }
        cache.znodes().forEach((path, znode) -> cached.put(path.value(), text(znode.data())));
        assertThat(cached).isEqualTo(tree);
        System.out.printf(
                "stream cuts: cuts=%d changes=%d markers=%d, exact at each%n",
                CUTS, committed.size(), atMarkers.size());
    }

    /** Of a whole that is divided over the rounds. */
    private static int share(int whole, int round) {
        return whole * round / ROUNDS - whole * (round - 1) / ROUNDS;
    }

    private void writeAndCut(int writesEach, int cuts) throws InterruptedException {
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        AtomicBoolean done = new AtomicBoolean();
        Flux.fromIterable(writers)
                .flatMap(writer -> writer.write(writesEach), WRITERS)
                .subscribe(nothing -> {}, failures::add, () -> done.set(true));
        int before = confirmedCount();
        for (int cut = 1; cut <= cuts; cut++) {
            int confirmed = before + (int) ((long) writesEach * WRITERS * cut / (cuts + 1) * 9 / 10);
            await().pollInterval(Duration.ofMillis(1 + random.nextInt(10)))
                    .atMost(PATIENCE)
                    .until(() -> confirmedCount() >= confirmed || !failures.isEmpty());
            wires.forEach(FaultyWire::cut);
        }
        await().atMost(PATIENCE).until(() -> done.get() || !failures.isEmpty());
        assertThat(failures).isEmpty();
    }

    private int confirmedCount() {
        return writers.stream().mapToInt(TreeWriter::confirmedCount).sum();
    }

    private List<Write> committed() {
        return writers.stream()
                .flatMap(writer -> writer.confirmed().stream())
                .sorted(Comparator.comparing(Write::zxid))
                .toList();
    }

    private static TreeMap<String, String> standing() {
        TreeMap<String, String> tree = new TreeMap<>();
        tree.put(TOP, "null");
        for (int i = 0; i < STANDING_ZNODES; i++) {
            tree.put(TOP + "/standing-" + i, "standing");
        }
        return tree;
    }

    private static void apply(Write write, TreeMap<String, String> tree) {
        if (write.type() == EventType.DELETED) {
            tree.remove(write.path());
        } else {
            tree.put(write.path(), write.data());
        }
    }

    private static void apply(
            TreeEvent event, TreeMap<String, String> copy, Map<Zxid, TreeMap<String, String>> atMarkers) {
        if (event instanceof TreeEvent.Reset) {
            copy.clear();
        } else if (event instanceof TreeEvent.Present present) {
            copy.put(present.path().value(), text(present.data()));
        } else if (event instanceof TreeEvent.Changed changed) {
            ZnodePath path = changed.path();
            if (changed.type() == EventType.DELETED) {
                copy.remove(path.value());
            } else {
                copy.put(path.value(), text(changed.data()));
            }
        } else {
            atMarkers.put(event.zxid(), new TreeMap<>(copy));
        }
    }

    private static String told(TreeEvent event) {
        if (event instanceof TreeEvent.Changed changed) {
            byte[] data = changed.data();
            return told(changed.zxid(), changed.type(), changed.path().value(), data == null ? null : text(data));
        }
        return event.toString();
    }

    private static String told(Zxid zxid, EventType type, String path, String data) {
        return zxid + " " + type + " " + path + " " + data;
    }

    private static String text(byte[] data) {
        return data == null ? "null" : new String(data, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
