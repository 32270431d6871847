package io.fluxkeeper.core.consensus.zab;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.Role;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * An ensemble of {@link Zab}s in memory: links with two ordered lanes, disks that lose what is not durable, state
 * transfers. Nothing happens by itself; {@link #settle} lets everything under way arrive, {@link #tick} lets time
 * pass. Every delivery and every leadership is checked as it happens.
 */
final class ZabCluster {
    static final ZabTiming TIMING = new ZabTiming(2, 3, 3, 10, 20, 20, 200, 20);
    static final ZabLimits LIMITS = ZabLimits.DEFAULT;

    private static final int SETTLE_STEPS_MAX = 200_000;

    final ZabTiming timing;
    final ZabLimits limits;
    final List<PeerId> ids;
    private final TreeMap<PeerId, ZabHost> hosts = new TreeMap<>();
    private final TreeMap<Pair, Link> links = new TreeMap<>();
    private final TreeSet<Pair> cuts = new TreeSet<>();
    private final TreeMap<Long, PeerId> establishedLeaders = new TreeMap<>();
    /** Everything ever delivered anywhere, in order: what every peer's deliveries must be a prefix of. */
    private final List<Entry> canonical = new ArrayList<>();

    private long linkNumber;
    /** Who founds the ensemble; by default all. */
    Set<PeerId> founders;

    /** What is lost on the way; by default nothing is. */
    BiPredicate<PeerId, PeerMessage> swallowed = (to, message) -> false;

    /** Two peers, the lower first. */
    record Pair(PeerId low, PeerId high) implements Comparable<Pair> {
        static Pair of(PeerId a, PeerId b) {
            return a.compareTo(b) < 0 ? new Pair(a, b) : new Pair(b, a);
        }

        PeerId other(PeerId one) {
            return one.equals(low) ? high : low;
        }

        @Override
        public int compareTo(Pair other) {
            int byLow = low.compareTo(other.low);
            return byLow != 0 ? byLow : high.compareTo(other.high);
        }
    }

    /** A link and what is on its way by it: a queue for each direction and lane. */
    final class Link {
        final Pair pair;
        final long number;
        private final TreeMap<String, List<PeerMessage>> queues = new TreeMap<>();

        Link(Pair pair, long number) {
            this.pair = pair;
            this.number = number;
        }

        void send(PeerId from, PeerMessage message) {
            queues.computeIfAbsent(from + "/" + message.lane(), key -> new ArrayList<>())
                    .add(message);
        }

        /** Lets the first message of a lane arrive; false when there is none. */
        boolean deliverOne(PeerId from, PeerMessage.Lane lane) {
            List<PeerMessage> queue = queues.get(from + "/" + lane);
            if (queue == null || queue.isEmpty()) {
                return false;
            }
            PeerMessage message = queue.remove(0);
            PeerId to = pair.other(from);
            if (!swallowed.test(to, message)) {
                host(to).handle(new Input.Received(from, number, message));
            }
            return true;
        }
    }

    ZabCluster(int peers) {
        this(peers, TIMING, LIMITS);
    }

    ZabCluster(int peers, ZabTiming timing, ZabLimits limits) {
        this.timing = timing;
        this.limits = limits;
        ids = IntStream.rangeClosed(1, peers).mapToObj(PeerId::new).toList();
        founders = Set.copyOf(ids);
        ids.forEach(id -> hosts.put(id, new ZabHost(this, new Ensemble(id, ids))));
    }

    /** A cluster that is founded, has a leader and serves everywhere. */
    static ZabCluster serving(int peers) {
        ZabCluster cluster = new ZabCluster(peers);
        cluster.startAll();
        cluster.runUntil("all serve", cluster::allServe);
        return cluster;
    }

    // ---- peers

    ZabHost host(int id) {
        return host(new PeerId(id));
    }

    ZabHost host(PeerId id) {
        return hosts.get(id);
    }

    List<ZabHost> hosts() {
        return List.copyOf(hosts.values());
    }

    /** The serving leader of the highest epoch; fails when there is none. */
    ZabHost leader() {
        return hosts().stream()
                .filter(host -> host.isUp() && host.isServing() && host.role() == Role.LEADING)
                .max((a, b) -> Long.compare(a.status().epoch(), b.status().epoch()))
                .orElseThrow(() -> new AssertionError("no leader: " + hosts()));
    }

    /** The lowest id that is not the leader's. */
    ZabHost follower() {
        return followers().get(0);
    }

    List<ZabHost> followers() {
        ZabHost leader = leader();
        return hosts().stream().filter(host -> host != leader).toList();
    }

    void startAll() {
        hosts().forEach(ZabHost::start);
        connectAll();
    }

    void crash(ZabHost host) {
        for (PeerId other : ids) {
            closeLink(Pair.of(host.id(), other));
        }
        host.crash();
    }

    void restart(ZabHost host) {
        host.start();
        connectAll();
    }

    boolean allServe() {
        return hosts().stream().allMatch(host -> host.isUp() && host.isServing());
    }

    // ---- network

    void connectAll() {
        for (PeerId a : ids) {
            for (PeerId b : ids) {
                if (a.compareTo(b) < 0) {
                    connect(Pair.of(a, b));
                }
            }
        }
    }

    private void connect(Pair pair) {
        if (cuts.contains(pair)
                || links.containsKey(pair)
                || !host(pair.low).isUp()
                || !host(pair.high).isUp()) {
            return;
        }
        Link link = new Link(pair, ++linkNumber);
        links.put(pair, link);
        host(pair.low).handle(new Input.LinkUp(pair.high, link.number));
        host(pair.high).handle(new Input.LinkUp(pair.low, link.number));
    }

    void cut(ZabHost a, ZabHost b) {
        Pair pair = Pair.of(a.id(), b.id());
        cuts.add(pair);
        closeLink(pair);
    }

    /** Cuts a peer off from all others. */
    void isolate(ZabHost host) {
        hosts().stream().filter(other -> other != host).forEach(other -> cut(host, other));
    }

    void heal(ZabHost a, ZabHost b) {
        cuts.remove(Pair.of(a.id(), b.id()));
        connectAll();
    }

    void healAll() {
        cuts.clear();
        connectAll();
    }

    /** What is on its way is lost; both ends learn of it at once. */
    void closeLink(Pair pair) {
        Link link = links.remove(pair);
        if (link != null) {
            host(pair.low).handle(new Input.LinkDown(pair.high, link.number));
            host(pair.high).handle(new Input.LinkDown(pair.low, link.number));
        }
    }

    void closeLink(PeerId a, PeerId b, long number) {
        if (isOpen(a, b, number)) {
            closeLink(Pair.of(a, b));
        }
    }

    boolean isOpen(PeerId a, PeerId b, long number) {
        Link link = links.get(Pair.of(a, b));
        return link != null && link.number == number;
    }

    void transmit(PeerId from, PeerId to, long number, PeerMessage message) {
        if (isOpen(from, to, number)) {
            links.get(Pair.of(from, to)).send(from, message);
        }
    }

    List<Link> links() {
        return List.copyOf(links.values());
    }

    // ---- time

    /** Lets everything under way arrive, and every disk catch up that is not held. */
    void settle() {
        for (int steps = 0; steps < SETTLE_STEPS_MAX; steps++) {
            if (!settleOnce()) {
                return;
            }
        }
        throw new AssertionError("does not settle: " + hosts());
    }

    private boolean settleOnce() {
        boolean moved = false;
        for (ZabHost host : hosts()) {
            moved |= host.persistOne();
            moved |= host.transferOne();
        }
        for (Link link : links()) {
            for (PeerMessage.Lane lane : PeerMessage.Lane.values()) {
                moved |= links.containsValue(link) && link.deliverOne(link.pair.low, lane);
                moved |= links.containsValue(link) && link.deliverOne(link.pair.high, lane);
            }
        }
        return moved;
    }

    /** One tick everywhere; broken links are made anew; everything settles. */
    void tick() {
        hosts().stream().filter(ZabHost::isUp).forEach(host -> host.handle(new Input.Tick()));
        connectAll();
        settle();
    }

    void ticks(int count) {
        for (int i = 0; i < count; i++) {
            tick();
        }
    }

    void runUntil(String goal, BooleanSupplier reached) {
        settle();
        for (int ticks = 0; ticks < 400; ticks++) {
            if (reached.getAsBoolean()) {
                return;
            }
            tick();
        }
        throw new AssertionError("not within 400 ticks: " + goal + "; " + hosts());
    }

    // ---- work and its checks

    /** Proposes at the leader, without letting anything arrive. */
    Zxid propose(String payload) {
        return leader().propose(payload);
    }

    /** Proposes at the leader and lets it be delivered everywhere. */
    Zxid commit(String payload) {
        Zxid zxid = propose(payload);
        settle();
        return zxid;
    }

    List<Entry> canonical() {
        return canonical;
    }

    /** Called for each delivery: the n-th is the same everywhere. */
    void delivered(ZabHost host, int index, Entry entry) {
        if (index == canonical.size()) {
            canonical.add(entry);
        }
        Entry elsewhere = canonical.get(index);
        if (elsewhere.chain() != entry.chain()) {
            throw new AssertionError(
                    "delivery " + index + " of peer " + host.id() + " is " + entry + ", elsewhere " + elsewhere);
        }
    }

    void leads(ZabHost host, long epoch) {
        PeerId before = establishedLeaders.putIfAbsent(epoch, host.id());
        assertThat(before == null ? host.id() : before)
                .as("established leader of epoch %d", epoch)
                .isEqualTo(host.id());
    }

    /** Every peer has delivered everything that was ever delivered. */
    boolean allDelivered() {
        return hosts().stream().allMatch(host -> host.isUp() && host.applied().size() == canonical.size());
    }

    static byte[] bytes(String payload) {
        return payload.getBytes(StandardCharsets.UTF_8);
    }
}
