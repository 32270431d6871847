package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.core.replica.StateMachine;
import io.fluxkeeper.core.store.DamagedStateException;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.StateTable;
import io.fluxkeeper.server.loop.PeerMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import reactor.netty.resources.LoopResources;

/** One peer's links, with a mailbox and a store that can be looked into. */
final class TestPeer implements AutoCloseable {
    static final Duration WAIT = Duration.ofSeconds(20);

    /** Fast retries; deadlines that no loaded machine misses. */
    static final PeerLinksConfig.Timing TIMING = timing(Duration.ofSeconds(15), Duration.ofMinutes(1));

    static PeerLinksConfig.Timing timing(Duration connectTimeout, Duration stateTransferMax) {
        return new PeerLinksConfig.Timing(
                connectTimeout,
                Duration.ofMillis(5),
                Duration.ofMillis(100),
                Duration.ofMillis(50),
                Duration.ofSeconds(1),
                Duration.ofSeconds(15),
                stateTransferMax);
    }

    static ConditionFactory await() {
        return Awaitility.await().pollInterval(Duration.ofMillis(5)).atMost(WAIT);
    }

    final int id;
    final TestMailbox mailbox = new TestMailbox();
    final TestStores stores = new TestStores();
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final Options options;
    /** Why it cannot be one of these peers. */
    final Queue<String> outvoted = new ConcurrentLinkedQueue<>();

    private final LoopResources loops;
    private PeerLinks links;

    /** What a test may want otherwise. */
    static final class Options {
        long incarnation = 1;
        long ensembleId = 7;
        String consensus = "zab";
        int peers = 3;
        PeerLinksConfig.Timing timing = TIMING;
        PeerLinksConfig.Bounds bounds = PeerLinksConfig.Bounds.DEFAULT;
    }

    TestPeer(int id, LoopResources loops, Options options) {
        this.id = id;
        this.loops = loops;
        this.options = options;
    }

    /** Starts; peers with smaller ids are found, and this one noted, in {@code addresses}. */
    TestPeer start(Map<Integer, InetSocketAddress> addresses) {
        TreeMap<PeerId, InetSocketAddress> known = new TreeMap<>();
        addresses.forEach((peer, address) -> known.put(new PeerId(peer), address));
        List<PeerId> peers =
                IntStream.rangeClosed(1, options.peers).mapToObj(PeerId::new).toList();
        PeerLinksConfig config = new PeerLinksConfig(
                new Ensemble(new PeerId(id), peers),
                options.incarnation,
                options.consensus,
                addresses.getOrDefault(id, new InetSocketAddress("127.0.0.1", 0)),
                known,
                options.timing,
                options.bounds);
        links = new PeerLinks(
                config,
                new ForeignPeers(config.ensemble(), () -> options.ensembleId, outvoted::add),
                TestMessage.codec(),
                mailbox,
                stores,
                TestLoader::new,
                loops,
                new PeerMeters(registry, id));
        addresses.put(id, links.start().block(WAIT));
        return this;
    }

    static Map<Integer, InetSocketAddress> addresses() {
        return new ConcurrentHashMap<>();
    }

    PeerLinks links() {
        return links;
    }

    /** How often it has dialled that peer. */
    double dials(int to) {
        return registry.get("fluxkeeper.peer.dials")
                .tag("remote", Integer.toString(to))
                .counter()
                .count();
    }

    void send(int to, PeerMessage... messages) {
        sendBy(mailbox.upLink(to), to, messages);
    }

    void sendBy(long link, int to, PeerMessage... messages) {
        links.send(new ReplicaEffect.SendFrame(new PeerId(to), link, messages[0].lane(), List.of(messages)));
    }

    void transfer(Effect effect) {
        links.stateTransfer(new ReplicaEffect.StateTransfer(effect));
    }

    @Override
    public void close() {
        links.stop().block(WAIT);
        stores.close();
    }

    /** Digests the rows as the test store does, in place of a real state machine. */
    private static final class TestLoader implements StateMachine.Loader {
        private final SortedMap<String, byte[]> rows = new TreeMap<>();

        @Override
        public void accept(StateTable table, String key, byte[] value) {
            rows.put(key, value);
        }

        @Override
        public StateMachine finish(StateMeta meta) throws DamagedStateException {
            if (TestStores.digest(rows) != meta.digest()) {
                throw new DamagedStateException("the digest is another");
            }
            return new StateMachine();
        }
    }
}
