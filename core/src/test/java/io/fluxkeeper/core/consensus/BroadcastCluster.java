package io.fluxkeeper.core.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * An ensemble in memory, of whatever algorithm: links with two ordered lanes, disks that lose what is not durable, state
 * transfers. Nothing happens by itself; {@link #settle} lets everything under way arrive, {@link #tick} lets time
 * pass. Every delivery and every leadership is checked as it happens.
 */
public class BroadcastCluster {
    private static final int SETTLE_STEPS_MAX = 200_000;

    private final Maker maker;
    public final List<PeerId> ids;
    private final TreeMap<PeerId, BroadcastHost> hosts = new TreeMap<>();
    private final TreeMap<Pair, Link> links = new TreeMap<>();
    private final TreeSet<Pair> cuts = new TreeSet<>();
    private final TreeMap<Long, PeerId> establishedLeaders = new TreeMap<>();
    /** Everything ever delivered anywhere, in order: what every peer's deliveries must be a prefix of. */
    private final List<Entry> canonical = new ArrayList<>();

    private long linkNumber;
    /** Who founds the ensemble; by default all. */
    public Set<PeerId> founders;

    /** What is lost on the way; by default nothing is. */
    public BiPredicate<PeerId, PeerMessage> swallowed = (to, message) -> false;

    /** Looks on; by default nobody does. */
    public Observer observer = new Observer() {};

    /** Is told what happens anywhere, in the order in which it happens. */
    public interface Observer {
        /** A message leaves by an open link, once what it promises is durable. */
        default void left(PeerId from, PeerId to, PeerMessage message) {}

        /** A batch became durable. */
        default void durable(PeerId peer, List<DurableRecord> records) {}

        default void emitted(PeerId peer, Effect effect) {}
    }

    /** Makes one peer's broadcast of what its disk says. */
    public interface Maker {
        AtomicBroadcast make(Ensemble ensemble, RecoveredLog recovered, SortedSet<PeerId> founders, long freshId);
    }

    /** Two peers, the lower first. */
    public record Pair(PeerId low, PeerId high) implements Comparable<Pair> {
        static Pair of(PeerId a, PeerId b) {
            return a.compareTo(b) < 0 ? new Pair(a, b) : new Pair(b, a);
        }

        public PeerId other(PeerId one) {
            return one.equals(low) ? high : low;
        }

        @Override
        public int compareTo(Pair other) {
            int byLow = low.compareTo(other.low);
            return byLow != 0 ? byLow : high.compareTo(other.high);
        }
    }

    /** A link and what is on its way by it: a queue for each direction and lane. */
    public final class Link {
        public final Pair pair;
        public final long number;
        private final TreeMap<String, List<PeerMessage>> queues = new TreeMap<>();

        Link(Pair pair, long number) {
            this.pair = pair;
            this.number = number;
        }

        public void send(PeerId from, PeerMessage message) {
            queues.computeIfAbsent(from + "/" + message.lane(), key -> new ArrayList<>())
                    .add(message);
        }

        /** Lets the first message of a lane arrive; false when there is none. */
        public boolean deliverOne(PeerId from, PeerMessage.Lane lane) {
            PeerMessage message = loseOne(from, lane);
            if (message == null) {
                return false;
            }
            PeerId to = pair.other(from);
            if (!swallowed.test(to, message)) {
                host(to).handle(new Input.Received(from, number, message));
            }
            return true;
        }

        /** The first message of a lane goes and does not arrive; null when there is none. */
        public @Nullable PeerMessage loseOne(PeerId from, PeerMessage.Lane lane) {
            List<PeerMessage> queue = queues.get(from + "/" + lane);
            return queue == null || queue.isEmpty() ? null : queue.remove(0);
        }
    }

    public BroadcastCluster(int peers, Maker maker) {
        this.maker = maker;
        ids = IntStream.rangeClosed(1, peers).mapToObj(PeerId::new).toList();
        founders = Set.copyOf(ids);
        ids.forEach(id -> hosts.put(id, new BroadcastHost(this, new Ensemble(id, ids))));
    }

    /** It is founded, has a leader and serves everywhere. */
    public void serve() {
        startAll();
        runUntil("all serve", this::allServe);
    }

    public AtomicBroadcast newBroadcast(Ensemble ensemble, RecoveredLog recovered, long freshId) {
        return maker.make(ensemble, recovered, new TreeSet<>(founders), freshId);
    }

    /** Called for each message that leaves, when it does: the algorithm's own rules may look at the disk. */
    protected void audit(BroadcastHost from, PeerMessage message) {}

    // ---- peers

    public BroadcastHost host(int id) {
        return host(new PeerId(id));
    }

    public BroadcastHost host(PeerId id) {
        return hosts.get(id);
    }

    public List<BroadcastHost> hosts() {
        return List.copyOf(hosts.values());
    }

    /** The serving leader of the highest epoch; fails when there is none. */
    public BroadcastHost leader() {
        return hosts().stream()
                .filter(host -> host.isUp() && host.isServing() && host.role() == Role.LEADING)
                .max((a, b) -> Long.compare(a.status().epoch(), b.status().epoch()))
                .orElseThrow(() -> new AssertionError("no leader: " + hosts()));
    }

    /** The lowest id that is not the leader's. */
    public BroadcastHost follower() {
        return followers().get(0);
    }

    public List<BroadcastHost> followers() {
        BroadcastHost leader = leader();
        return hosts().stream().filter(host -> host != leader).toList();
    }

    public void startAll() {
        hosts().forEach(BroadcastHost::start);
        connectAll();
    }

    public void crash(BroadcastHost host) {
        for (PeerId other : ids) {
            closeLink(Pair.of(host.id(), other));
        }
        host.crash();
    }

    public void restart(BroadcastHost host) {
        host.start();
        connectAll();
    }

    public boolean allServe() {
        return hosts().stream().allMatch(host -> host.isUp() && host.isServing());
    }

    // ---- network

    public void connectAll() {
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

    public void cut(BroadcastHost a, BroadcastHost b) {
        Pair pair = Pair.of(a.id(), b.id());
        cuts.add(pair);
        closeLink(pair);
    }

    /** Cuts a peer off from all others. */
    public void isolate(BroadcastHost host) {
        hosts().stream().filter(other -> other != host).forEach(other -> cut(host, other));
    }

    public void heal(BroadcastHost a, BroadcastHost b) {
        cuts.remove(Pair.of(a.id(), b.id()));
        connectAll();
    }

    public void healAll() {
        cuts.clear();
        connectAll();
    }

    /** What is on its way is lost; both ends learn of it at once. */
    public void closeLink(Pair pair) {
        Link link = links.remove(pair);
        if (link != null) {
            host(pair.low).handle(new Input.LinkDown(pair.high, link.number));
            host(pair.high).handle(new Input.LinkDown(pair.low, link.number));
        }
    }

    public void closeLink(PeerId a, PeerId b, long number) {
        if (isOpen(a, b, number)) {
            closeLink(Pair.of(a, b));
        }
    }

    public boolean isOpen(PeerId a, PeerId b, long number) {
        Link link = links.get(Pair.of(a, b));
        return link != null && link.number == number;
    }

    public void transmit(PeerId from, PeerId to, long number, PeerMessage message) {
        if (isOpen(from, to, number)) {
            observer.left(from, to, message);
            links.get(Pair.of(from, to)).send(from, message);
        }
    }

    /** Null when there is none now. */
    public @Nullable Link link(PeerId a, PeerId b) {
        return links.get(Pair.of(a, b));
    }

    public List<Link> links() {
        return List.copyOf(links.values());
    }

    // ---- time

    /** Lets everything under way arrive, and every disk catch up that is not held. */
    public void settle() {
        for (int steps = 0; steps < SETTLE_STEPS_MAX; steps++) {
            if (!settleOnce()) {
                return;
            }
        }
        throw new AssertionError("does not settle: " + hosts());
    }

    private boolean settleOnce() {
        boolean moved = false;
        for (BroadcastHost host : hosts()) {
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
    public void tick() {
        hosts().stream().filter(BroadcastHost::isUp).forEach(host -> host.handle(new Input.Tick()));
        connectAll();
        settle();
    }

    public void ticks(int count) {
        for (int i = 0; i < count; i++) {
            tick();
        }
    }

    public void runUntil(String goal, BooleanSupplier reached) {
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
    public Zxid propose(String payload) {
        return leader().propose(payload);
    }

    /** Proposes at the leader and lets it be delivered everywhere. */
    public Zxid commit(String payload) {
        Zxid zxid = propose(payload);
        settle();
        return zxid;
    }

    public List<Entry> canonical() {
        return canonical;
    }

    /** Called for each delivery: the n-th is the same everywhere. */
    public void delivered(BroadcastHost host, int index, Entry entry) {
        if (index == canonical.size()) {
            canonical.add(entry);
        }
        Entry elsewhere = canonical.get(index);
        if (elsewhere.chain() != entry.chain()) {
            throw new AssertionError(
                    "delivery " + index + " of peer " + host.id() + " is " + entry + ", elsewhere " + elsewhere);
        }
    }

    public void leads(BroadcastHost host, long epoch) {
        PeerId before = establishedLeaders.putIfAbsent(epoch, host.id());
        assertThat(before == null ? host.id() : before)
                .as("established leader of epoch %d", epoch)
                .isEqualTo(host.id());
    }

    /** Every peer has delivered everything that was ever delivered. */
    public boolean allDelivered() {
        return hosts().stream().allMatch(host -> host.isUp() && host.applied().size() == canonical.size());
    }

    public static byte[] bytes(String payload) {
        return payload.getBytes(StandardCharsets.UTF_8);
    }
}
