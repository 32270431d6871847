package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.replica.ReplyHandle;
import io.fluxkeeper.core.znode.ZnodePath;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * One run: faults first, then a quorum is healed and everything has to come to its end within a bounded time. Random
 * streams are split by concern, so that one more call of a client does not change what the network does.
 */
final class Simulation {
    /** Units of time a tick; the simulation calls them milliseconds. */
    static final int TICK = 10;

    private static final int LIVENESS_TICKS = 6_000;
    private static final int TRACE_LINES = 200;

    private final long seed;
    private final SimulationOptions options;
    private final EventQueue events = new EventQueue();
    private final SimulatedNetwork network;
    private final SplittableRandom faults;
    private final TreeMap<PeerId, SimulatedPeer> peers = new TreeMap<>();
    private final TreeMap<PeerId, Long> downUntil = new TreeMap<>();
    private final List<SimulatedClient> clients = new ArrayList<>();
    private final Checkers.Digests digests = new Checkers.Digests();
    private final Checkers.Epochs epochs = new Checkers.Epochs();
    private final ArrayDeque<String> trace = new ArrayDeque<>();
    private final CRC32C traceDigest = new CRC32C();
    private long tick;
    private long lastConnection;
    private long lastIncarnation;
    private int crashes;
    private int installs;
    private boolean healing;
    private Zxid highestAcknowledged = Zxid.ZERO;

    Simulation(long seed) {
        this.seed = seed;
        SplittableRandom random = new SplittableRandom(seed);
        options = SimulationOptions.draw(random.split());
        network = new SimulatedNetwork(events, random.split(), options.messageDelayMax());
        faults = random.split();
        for (int i = 1; i <= options.peers(); i++) {
            PeerId id = new PeerId(i);
            SimulatedPeer peer = new SimulatedPeer(this, id, random.split());
            peers.put(id, peer);
            network.join(id, peer);
        }
        for (int i = 1; i <= options.clients(); i++) {
            clients.add(new SimulatedClient(this, i, options.writesPerClient(), random.split()));
        }
    }

    /** @return a line that sums it up */
    String run() {
        try {
            peers.values().forEach(SimulatedPeer::start);
            while (tick < options.faultTicks()) {
                oneTick();
                causeTrouble();
            }
            heal();
            while (!allDone()) {
                if (tick > options.faultTicks() + LIVENESS_TICKS) {
                    throw new Violation("liveness", "not done %s ticks after the last fault", LIVENESS_TICKS);
                }
                oneTick();
            }
            checkEnd();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(report(e), e);
        }
        return "seed=" + seed + " ticks=" + tick + " crashes=" + crashes + " epochs=" + epochs.count() + " installs="
                + installs + " trace=" + Long.toHexString(traceDigest.getValue());
    }

    private void oneTick() {
        tick++;
        network.tick();
        peers.values().forEach(SimulatedPeer::tick);
        clients.forEach(SimulatedClient::tick);
        events.runUntil(tick * TICK);
    }

    private void causeTrouble() {
        if (faults.nextInt(1000) < options.disconnectsPerThousand()) {
            network.cutRandomLink();
        }
        if (faults.nextInt(1000) < 5) {
            network.isolate(new PeerId(1 + faults.nextInt(options.peers())));
        } else if (faults.nextInt(1000) < 20) {
            network.heal();
        }
        if (faults.nextInt(1000) < options.crashesPerThousand()) {
            crashSome();
        }
        if (faults.nextInt(1000) < options.powerCutsPerThousand()) {
            cutPower();
        }
        bringBack();
    }

    /** All crash; often one stays away so long that the others go on with what their own disks kept. */
    private void cutPower() {
        peers.keySet().forEach(this::crash);
        if (faults.nextBoolean()) {
            PeerId absent = new PeerId(1 + faults.nextInt(options.peers()));
            downUntil.replaceAll((id, until) -> tick + 1 + faults.nextInt(5));
            downUntil.replace(absent, tick + 60 + faults.nextInt(60));
        }
    }

    private void crashSome() {
        PeerId id = new PeerId(1 + faults.nextInt(options.peers()));
        boolean wipe = options.wipes() && faults.nextInt(10) == 0;
        crash(id);
        // a second wiped disk before the first is a voter again could lose what a quorum acknowledged
        if (wipe && peers.values().stream().filter(p -> !p.id.equals(id)).allMatch(this::isVoter)) {
            peers.get(id).wipe();
        }
    }

    private boolean isVoter(SimulatedPeer peer) {
        return peer.isUp()
                && peer.view().status().membership() == Membership.FOUNDED
                && peer.view().status().serving();
    }

    private void crash(PeerId id) {
        if (peers.get(id).isUp()) {
            crashes++;
            peers.get(id).crash();
            network.crashed(id);
            downUntil.put(id, tick + 1 + faults.nextInt(options.downTicksMax()));
        }
    }

    private void bringBack() {
        for (PeerId id : List.copyOf(downUntil.keySet())) {
            if (healing || downUntil.get(id) <= tick) {
                downUntil.remove(id);
                peers.get(id).start();
            }
        }
    }

    private void heal() {
        healing = true;
        network.heal();
        bringBack();
    }

    private boolean allDone() {
        if (!clients.stream().allMatch(SimulatedClient::isDone)) {
            return false;
        }
        return peers.values().stream().allMatch(peer -> peer.view().status().serving())
                && peers.values().stream()
                                .map(SimulatedPeer::applied)
                                .distinct()
                                .count()
                        == 1;
    }

    private void checkEnd() {
        for (SimulatedPeer peer : peers.values()) {
            digests.at(peer.id, peer.applied(), peer.view().digest());
        }
        for (SimulatedClient client : clients) {
            client.check(childrenData(client));
        }
    }

    /** Reads as any client would, at the first peer. */
    private List<Long> childrenData(SimulatedClient client) {
        List<Long> data = new ArrayList<>();
        ServerReply.ChildNames names = (ServerReply.ChildNames)
                read(new ClientRequest.Children(ZnodePath.of(client.root()), null, null, ReadStamp.NONE));
        for (String name : names.names()) {
            ServerReply.Data child = (ServerReply.Data)
                    read(new ClientRequest.GetData(ZnodePath.of(client.root()).child(name), ReadStamp.NONE));
            data.add(ByteBuffer.wrap(child.data()).getLong());
        }
        return data;
    }

    private ServerReply read(ClientRequest.ReadRequest request) {
        ServerReply[] answer = new ServerReply[1];
        SimulatedPeer peer = peers.firstEntry().getValue();
        peer.take(new ReplicaInput.Requested(0, new Reading(answer), request, new byte[0], List.of()));
        while (answer[0] == null) {
            events.runUntil(events.now() + 1);
        }
        return answer[0];
    }

    private record Reading(ServerReply[] answer) implements ReplyHandle {}

    /** An effect for a client; replies take no time on their way, since the client's link is not what is tested. */
    void clientEffect(SimulatedPeer peer, ReplicaEffect effect) {
        if (effect instanceof ReplicaEffect.Reply reply) {
            if (reply.handle() instanceof Reading reading) {
                reading.answer()[0] = reply.reply();
            } else {
                clients.forEach(client -> client.repliedIfOwn(reply.handle(), reply.reply()));
            }
        } else if (effect instanceof ReplicaEffect.Emit emit) {
            clients.stream().filter(c -> c.watchesBy(emit.subscription())).forEach(c -> c.items(emit.items()));
        } else if (effect instanceof ReplicaEffect.EndSubscription end) {
            clients.stream().filter(c -> c.watchesBy(end.subscription())).forEach(c -> c.watchEnded(end.why()));
        } else if (effect instanceof ReplicaEffect.CloseConnection close) {
            if (clients.stream().anyMatch(client -> client.owns(close.connection()))) {
                peer.take(new ReplicaInput.ConnectionClosed(close.connection()));
                clients.stream().filter(c -> c.owns(close.connection())).forEach(SimulatedClient::closed);
            }
        }
    }

    void clientsLose(PeerId id) {
        clients.forEach(client -> client.lost(id));
    }

    void checkAfterDrain(SimulatedPeer peer) {
        digests.at(peer.id, peer.applied(), peer.view().digest());
    }

    AtomicBroadcast newBroadcast(PeerId id, RecoveredLog log) {
        return Broadcasts.zab(ensembleOf(id), log, options, seed);
    }

    Ensemble ensembleOf(PeerId id) {
        return new Ensemble(id, peers.keySet());
    }

    List<SimulatedPeer> peersUp() {
        return peers.values().stream().filter(SimulatedPeer::isUp).toList();
    }

    SimulatedPeer peer(PeerId id) {
        return peers.get(id);
    }

    EventQueue events() {
        return events;
    }

    SimulatedNetwork network() {
        return network;
    }

    SimulationOptions options() {
        return options;
    }

    Checkers.Digests digests() {
        return digests;
    }

    Checkers.Epochs epochs() {
        return epochs;
    }

    /** A client was told of a write with that zxid. */
    void acknowledged(Zxid zxid) {
        highestAcknowledged = Zxid.max(highestAcknowledged, zxid);
    }

    /** Of all writes that any client was told of. */
    Zxid highestAcknowledged() {
        return highestAcknowledged;
    }

    /** Whether the faults are over. */
    boolean isHealing() {
        return healing;
    }

    long tick() {
        return tick;
    }

    long nextConnection() {
        return ++lastConnection;
    }

    long nextIncarnation() {
        return ++lastIncarnation;
    }

    void trace(PeerId peer, String event) {
        String line = tick + " peer " + peer + " " + event;
        traceDigest.update(line.getBytes(StandardCharsets.UTF_8));
        trace.add(line);
        if (event.startsWith("installs")) {
            installs++;
        }
        if (trace.size() > TRACE_LINES) {
            trace.poll();
        }
    }

    private String report(Throwable problem) {
        return "seed " + seed + " with " + options + "\n" + problem + "\nreplay with: mvn -pl core test"
                + " -Dtest=SimulationTest -Dsim.seed=" + seed + "\n" + String.join("\n", trace);
    }
}
