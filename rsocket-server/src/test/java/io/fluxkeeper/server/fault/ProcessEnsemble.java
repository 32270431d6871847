package io.fluxkeeper.server.fault;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.server.TestPorts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** Three peers in three processes on this machine, with Zab or what {@code -Dfault.consensus} names. */
final class ProcessEnsemble implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    static final String CONSENSUS = System.getProperty("fault.consensus", "zab");

    final List<ServerProcess> peers = new ArrayList<>();

    /** Between two peers, on the connection by which the one with the higher id dials the other. */
    private record Link(int dialling, int dialled, FaultyProxy proxy) {}

    private final List<Link> links = new ArrayList<>();
    private final List<Integer> ports;

    /** @param more flags for each peer */
    ProcessEnsemble(Path directory, String... more) {
        this(false, CONSENSUS, directory, more);
        started(peer -> {});
    }

    /** @param consensus the algorithm's name, as the flag has it */
    static ProcessEnsemble of(String consensus, Path directory, String... more) {
        return new ProcessEnsemble(false, consensus, directory, more).started(peer -> {});
    }

    /** Not running yet. */
    static ProcessEnsemble prepared(Path directory, String... more) {
        return new ProcessEnsemble(false, CONSENSUS, directory, more);
    }

    /** Starts all. @param before what is done with each first */
    ProcessEnsemble started(Consumer<ServerProcess> before) {
        peers.forEach(before);
        peers.forEach(ServerProcess::start);
        return this;
    }

    private ProcessEnsemble(boolean proxies, String consensus, Path directory, String... more) {
        List<String> flags = new ArrayList<>(List.of(more));
        flags.addAll(List.of("--consensus", consensus));
        ports = TestPorts.take(6);
        for (int id = 1; id <= 3; id++) {
            StringBuilder ensemble = new StringBuilder();
            for (int other = 1; other <= 3; other++) {
                int port = ports.get(other - 1);
                if (proxies && other < id) {
                    FaultyProxy proxy = new FaultyProxy(port);
                    links.add(new Link(id, other, proxy));
                    port = proxy.port();
                }
                ensemble.append(other == 1 ? "" : ",")
                        .append(other + "=127.0.0.1:" + port + ":" + ports.get(other + 2));
            }
            peers.add(new ServerProcess(id, ensemble.toString(), "127.0.0.1:" + ports.get(id + 2), directory, flags));
        }
    }

    /** With a proxy on every link between peers. */
    static ProcessEnsemble behindProxies(Path directory, String... more) {
        return new ProcessEnsemble(true, CONSENSUS, directory, more).started(peer -> {});
    }

    /** The proxies on the two links of that peer. */
    List<FaultyProxy> linksOf(ServerProcess peer) {
        return links.stream()
                .filter(link -> link.dialling() == peer.id || link.dialled() == peer.id)
                .map(Link::proxy)
                .toList();
    }

    /** Whether it is that peer which dials by it. */
    boolean dials(ServerProcess peer, FaultyProxy proxy) {
        return links.stream().anyMatch(link -> link.proxy() == proxy && link.dialling() == peer.id);
    }

    /** All links carry everything again. */
    void heal() {
        links.forEach(link -> link.proxy().heal());
    }

    String[] addresses() {
        return peers.stream().map(peer -> peer.clientAddress).toArray(String[]::new);
    }

    ServerProcess peer(int id) {
        return peers.get(id - 1);
    }

    /** All of them, and meanwhile all run. */
    void awaitServing() {
        peers.forEach(peer -> awaitServing(peer, peers));
    }

    void awaitServing(ServerProcess peer) {
        awaitServing(peer, List.of(peer));
    }

    private void awaitServing(ServerProcess peer, List<ServerProcess> running) {
        await("peer " + peer.id + " serves", () -> {
            running.forEach(ProcessEnsemble::checkThatItRuns);
            return status(peer).filter(ServerReply.Status::serving).isPresent();
        });
    }

    private static void checkThatItRuns(ServerProcess peer) {
        if (!peer.isAlive()) {
            throw new AssertionError("peer " + peer.id + " ended by itself:\n" + peer.output());
        }
    }

    private void await(String what, Callable<Boolean> condition) {
        try {
            Awaitility.await(what)
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(20))
                    .until(condition);
        } catch (ConditionTimeoutException late) {
            throw new AssertionError(late.getMessage() + saidByAll(), late);
        }
    }

    private String saidByAll() {
        StringBuilder said = new StringBuilder();
        for (ServerProcess peer : peers) {
            said.append(
                    "\npeer " + peer.id + " at " + peer.clientAddress + ", " + status(peer) + ":\n" + peer.output());
        }
        return said.toString();
    }

    ServerProcess awaitLeader() {
        ServerProcess[] leader = new ServerProcess[1];
        await("a leader", () -> {
            for (ServerProcess peer : peers) {
                if (status(peer)
                        .filter(s -> s.serving() && s.role().equals("LEADING"))
                        .isPresent()) {
                    leader[0] = peer;
                    return true;
                }
            }
            return false;
        });
        return leader[0];
    }

    /** What the peer says of itself; empty when it does not answer. */
    Optional<ServerReply.Status> status(ServerProcess peer) {
        try {
            FluxkeeperClient client = connectTo(peer);
            try {
                return client.status().blockOptional(Duration.ofSeconds(5));
            } finally {
                client.close().block(Duration.ofSeconds(5));
            }
        } catch (RuntimeException notThere) {
            return Optional.empty(); // it does not answer
        }
    }

    /** A client of that peer alone, without a session. */
    FluxkeeperClient connectTo(ServerProcess peer) {
        return FluxkeeperClient.builder()
                .addresses(peer.clientAddress)
                .withoutSession()
                .requestTimeout(Duration.ofSeconds(3))
                .connect()
                .block(Duration.ofSeconds(10));
    }

    @Override
    public void close() {
        peers.stream().filter(ServerProcess::isAlive).forEach(ServerProcess::kill);
        links.forEach(link -> link.proxy().close());
        TestPorts.giveBack(ports);
    }
}
