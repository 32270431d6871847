package io.fluxkeeper.samples.quickstart;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.PeerStatus;
import io.fluxkeeper.client.TreeEvent;
import io.fluxkeeper.client.WatchSpec;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.samples.processes.ChildProcess;
import io.fluxkeeper.samples.processes.LocalEnsemble;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * Starts three peers as processes, watches a configuration znode while it is updated, kills the leader in the middle,
 * and counts what the watcher saw. Ends by itself, with exit code 0 if all of it went as promised.
 */
public final class Quickstart {
    private static final String PATH = "/config";
    private static final int UPDATES = 100;
    private static final int KILL_AFTER = 40;
    private static final int SHOWN = 3;
    private static final Duration PACE = Duration.ofMillis(10);

    /** Nothing here is waited for longer: what hangs is a failure. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final PrintStream out;

    private final List<String> flags;

    private Quickstart(PrintStream out, List<String> flags) {
        this.out = out;
        this.flags = flags;
    }

    /** @param args flags for each peer, such as {@code --consensus=multi-paxos}; usually none */
    public static void main(String[] args) {
        try {
            new Quickstart(System.out, List.of(args)).run();
            System.exit(0);
        } catch (Exception failed) {
            System.err.println("quickstart: failed: " + failed.getMessage());
            System.exit(1);
        }
    }

    private void run() throws IOException, InterruptedException {
        out.println("Fluxkeeper quickstart: three peers, one configuration znode, and a leader that dies.");
        out.println();
        out.println("Starting three peers, each a process of its own ...");
        // Processes that live for seconds start faster without the optimising compiler.
        List<String> options = List.of("-Xmx256m", "-XX:TieredStopAtLevel=1");
        try (LocalEnsemble ensemble = LocalEnsemble.start("fluxkeeper-quickstart", 3, options, flags)) {
            String[] addresses = ensemble.addresses().toArray(String[]::new);
            FluxkeeperClient writer = connect(addresses);
            FluxkeeperClient watcher = connect(addresses);
            tell(ensemble, writer, watcher);
            Mono.when(writer.close(), watcher.close()).block(PATIENCE);
        }
        out.println();
        out.println("All peers stopped, their data removed.");
    }

    private static FluxkeeperClient connect(String... addresses) {
        return value(FluxkeeperClient.builder().addresses(addresses).connect());
    }

    private void tell(LocalEnsemble ensemble, FluxkeeperClient writer, FluxkeeperClient watcher)
            throws InterruptedException {
        ServerReply.Status leader = leader(writer);
        out.printf("Peers 1, 2 and 3 listen at %s.%n", String.join(", ", ensemble.addresses()));
        out.printf(
                "Peer %s leads epoch %d; their data is in %s.%n%n",
                leader.peer(), leader.epoch(), ensemble.directory());

        ServerReply.Created created = value(writer.create(PATH, bytes("rate=0")));
        out.printf(
                "Created %s in transaction %s. Watching it, and updating it %d times:%n",
                PATH, created.zxid(), UPDATES);
        List<TreeEvent.Changed> seen = Collections.synchronizedList(new ArrayList<>());
        // From the transaction that created it: no update can slip in between.
        Mono<Void> allSeen = watcher.watch(
                        WatchSpec.znode(PATH).after(created.zxid()).includingData())
                .ofType(TreeEvent.Changed.class)
                .publishOn(Schedulers.boundedElastic()) // printing may block, and the client's event loop must not
                .doOnNext(event -> show(event, seen.size()))
                .doOnNext(seen::add)
                .take(UPDATES)
                .then()
                .cache();
        allSeen.subscribe(done -> {}, failed -> {}); // starts it; whether it failed is asked below

        Pauses pauses = new Pauses();
        update(writer, pauses, 1, KILL_AFTER);

        ChildProcess victim = ensemble.peer(leader.peer().value());
        out.printf("%nKilling the leader, peer %s, process %d, as kill -9 does ...%n", leader.peer(), victim.pid());
        pauses.killed();
        victim.kill();
        update(writer, pauses, KILL_AFTER + 1, UPDATES);

        allSeen.block(PATIENCE);
        ServerReply.Status successor = leader(writer);
        out.printf("Peer %s leads epoch %d.%n%n", successor.peer(), successor.epoch());
        report(seen, pauses);
    }

    /** One after the other; the client goes on at another peer by itself, and sends nothing twice. */
    private static void update(FluxkeeperClient writer, Pauses pauses, int first, int last) {
        Flux.range(first, last - first + 1)
                .concatMap(i -> writer.set(PATH, bytes("rate=" + i))
                        .doOnNext(done -> pauses.acknowledged())
                        .delayElement(PACE))
                .then()
                .block(PATIENCE);
    }

    private void show(TreeEvent.Changed event, int before) {
        if (before < SHOWN) {
            String data = event.data() == null ? "nothing" : new String(event.data(), StandardCharsets.UTF_8);
            out.printf("  %s: version %d is %s%n", event.zxid(), version(event), data);
        } else if (before == SHOWN) {
            out.println("  ...");
        }
    }

    private void report(List<TreeEvent.Changed> seen, Pauses pauses) {
        List<Integer> versions = seen.stream().map(Quickstart::version).toList();
        List<Integer> expected = IntStream.rangeClosed(1, UPDATES).boxed().toList();
        if (!versions.equals(expected)) {
            throw new IllegalStateException("the watcher saw versions " + versions);
        }
        out.printf("  updates          %d of %d acknowledged, none failed%n", pauses.count(), UPDATES);
        out.printf("  watcher          saw versions 1 to %d, each exactly once, in order%n", UPDATES);
        out.printf(
                "  writes stood     %d ms after the kill; otherwise at most %d ms apart%n",
                pauses.afterKill().toMillis(), pauses.otherwise().toMillis());
    }

    private static int version(TreeEvent.Changed event) {
        return event.stat() == null ? -1 : event.stat().version();
    }

    /** The peer that leads; asks until one says that it does. */
    private static ServerReply.Status leader(FluxkeeperClient client) {
        return value(client.statusOfAllPeers()
                .mapNotNull(PeerStatus::status)
                .filter(status -> status.role().equals("LEADING"))
                .next()
                .switchIfEmpty(Mono.error(() -> new IllegalStateException("no peer leads")))
                .retryWhen(Retry.fixedDelay(100, Duration.ofMillis(100))));
    }

    private static <T> T value(Mono<T> mono) {
        T value = mono.block(PATIENCE);
        if (value == null) {
            throw new IllegalStateException("the service answered nothing");
        }
        return value;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
