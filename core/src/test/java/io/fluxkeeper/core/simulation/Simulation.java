package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Algorithm;
import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.replica.ReplyHandle;
import io.fluxkeeper.core.simulation.check.BallotRules;
import io.fluxkeeper.core.simulation.check.Call;
import io.fluxkeeper.core.simulation.check.Checker;
import io.fluxkeeper.core.simulation.check.ChosenSlots;
import io.fluxkeeper.core.simulation.check.CommittedIsDurable;
import io.fluxkeeper.core.simulation.check.CommittedLog;
import io.fluxkeeper.core.simulation.check.DurableBeforeMessage;
import io.fluxkeeper.core.simulation.check.Ephemerals;
import io.fluxkeeper.core.simulation.check.EpochQuorums;
import io.fluxkeeper.core.simulation.check.EqualDigests;
import io.fluxkeeper.core.simulation.check.LeaderCompleteness;
import io.fluxkeeper.core.simulation.check.Model;
import io.fluxkeeper.core.simulation.check.MultiAtomic;
import io.fluxkeeper.core.simulation.check.OneLeader;
import io.fluxkeeper.core.simulation.check.OnePromise;
import io.fluxkeeper.core.simulation.check.ParentCounts;
import io.fluxkeeper.core.simulation.check.QueueBounds;
import io.fluxkeeper.core.simulation.check.Reads;
import io.fluxkeeper.core.simulation.check.RealTimeOrder;
import io.fluxkeeper.core.simulation.check.Registers;
import io.fluxkeeper.core.simulation.check.SequentialNames;
import io.fluxkeeper.core.simulation.check.SessionOrder;
import io.fluxkeeper.core.simulation.check.Sessions;
import io.fluxkeeper.core.simulation.check.Violation;
import io.fluxkeeper.core.simulation.check.WriteOutcomes;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * One run: faults first, then a quorum is healed and everything has to come to its end within a bounded time, and then
 * the rest. Random streams are split by concern, so that one more call of a client does not change what the network
 * does.
 */
final class Simulation {
    /** Units of time a tick; the simulation calls them milliseconds. */
    static final int TICK = 10;

    private static final int LIVENESS_TICKS = 3_000;

    private final long seed;
    private final Algorithm algorithm;
    private final SimulationOptions options;
    private final EventQueue events = new EventQueue();
    private final Trace trace;
    private final SimulatedNetwork network;
    private final Faults faults;
    private final TreeMap<PeerId, SimulatedPeer> peers = new TreeMap<>();
    private final TreeMap<PeerId, SimulatedDisk> disks = new TreeMap<>();
    private final List<SimulatedClient> clients = new ArrayList<>();
    private final Model model = new Model();
    private final OneLeader oneLeader = new OneLeader();
    private final Registers registers = new Registers(OperationMix.REGISTER);
    private final Checkers checkers;
    private final SplittableRandom elections;
    private long tick;
    private long lastConnection;
    private long lastIncarnation;
    private long steps;
    private boolean healing;

    /**
     * What a run came to.
     *
     * @param steps inputs that replicas handled
     * @param damages of disks
     * @param epochs in which a leader was established
     * @param digest of everything that happened
     */
    record Result(
            long seed,
            long ticks,
            long steps,
            int crashes,
            int partitions,
            DamageTally damages,
            int epochs,
            long digest) {}

    Simulation(String consensus, long seed) {
        this(consensus, seed, false, line -> {});
    }

    /** @param text whether there is to be a trace to read; each line goes to {@code reader} as well */
    Simulation(String consensus, long seed, boolean text, Consumer<String> reader) {
        this.seed = seed;
        algorithm = Broadcasts.algorithm(consensus);
        SplittableRandom random = new SplittableRandom(seed);
        // of a root of their own, so that the streams of a seed that has none of them are what they were
        SplittableRandom added = new SplittableRandom(~seed);
        options = SimulationOptions.draw(random.split());
        trace = new Trace(events, text, reader);
        trace.event("options", seed, options::toString);
        Leftovers leftovers = new Leftovers(options.leftovers(), added.split());
        network = new SimulatedNetwork(events, random.split(), options.network(), leftovers);
        faults = new Faults(this, random.split(), added.split());
        for (int i = 1; i <= options.peers(); i++) {
            PeerId id = new PeerId(i);
            SimulatedPeer peer = new SimulatedPeer(this, id, random.split());
            peers.put(id, peer);
            disks.put(id, peer.disk());
            network.join(id, peer);
        }
        for (int i = 1; i <= options.clients(); i++) {
            clients.add(new SimulatedClient(this, i, options.writesPerClient(), random.split()));
        }
        elections = random.split();
        List<Checker> all = new ArrayList<>(List.of(
                new CommittedLog(this::executed),
                new CommittedIsDurable(disks),
                new DurableBeforeMessage(disks),
                new EqualDigests(),
                oneLeader,
                new OnePromise(),
                new WriteOutcomes(model),
                new RealTimeOrder(),
                new SessionOrder(model),
                new Reads(model),
                new Sessions(model),
                new Ephemerals(),
                new SequentialNames(model),
                new MultiAtomic(OperationMix.PAIR),
                new ParentCounts(),
                new QueueBounds(),
                registers));
        if (algorithm == Algorithm.ZAB) {
            all.add(new LeaderCompleteness());
            all.add(new EpochQuorums(peers.size()));
        } else {
            all.add(new BallotRules(disks));
            all.add(new ChosenSlots(disks));
        }
        checkers = new Checkers(all);
    }

    Result run() {
        try {
            peers.values().forEach(SimulatedPeer::start);
            while (tick < options.faultTicks()) {
                oneTick();
                faults.cause();
            }
            healing = true;
            faults.end();
            List<PeerId> broken = faults.leaveBroken();
            trace.event("phase", 2, () -> "the faults end, but for peers " + broken);
            runUntilDone("with peers " + broken + " broken", broken);
            network.heal();
            trace.event("phase", 3, () -> "all is healed");
            runUntilDone("with all healed", List.of());
            if (options.slowLeader()) {
                trace.event("phase", 4, () -> "a client writes behind a slow leader");
                faults.slowLeader();
                runUntilDone("behind a slow leader", List.of());
            }
            peers.values().forEach(this::readEverything);
            checkers.ended();
        } catch (Invariant.Broken e) {
            throw violation("replica invariant", e);
        } catch (RuntimeException e) {
            throw violation("defect", e);
        }
        return new Result(
                seed,
                tick,
                steps,
                faults.crashes(),
                faults.partitions(),
                faults.damages(),
                oneLeader.epochs(),
                trace.digest());
    }

    private static Violation violation(String checker, RuntimeException cause) {
        Violation violation = new Violation(checker, "%s", cause);
        violation.initCause(cause);
        return violation;
    }

    private void oneTick() {
        tick++;
        network.tick();
        peers.values().forEach(SimulatedPeer::tick);
        clients.forEach(SimulatedClient::tick);
        events.runUntil(tick * TICK);
    }

    private void runUntilDone(String when, List<PeerId> broken) {
        long deadline = tick + LIVENESS_TICKS;
        List<SimulatedPeer> sound = new ArrayList<>(peers.values());
        sound.removeIf(peer -> broken.contains(peer.id));
        while (!isDone(sound)) {
            if (tick > deadline) {
                throw new Violation("liveness", "not done in %s ticks %s: %s", LIVENESS_TICKS, when, clients);
            }
            oneTick();
            faults.bringBack();
        }
    }

    private boolean isDone(List<SimulatedPeer> sound) {
        return clients.stream().allMatch(SimulatedClient::isDone)
                && sound.stream()
                        .allMatch(peer -> peer.isUp()
                                && !peer.isStopping()
                                && !peer.isDamaged()
                                && peer.view().status().serving())
                && sound.stream().map(SimulatedPeer::applied).distinct().count() == 1;
    }

    /** As any client would, at that peer: every znode and every listing. */
    private void readEverything(SimulatedPeer peer) {
        ReadStamp stamp = new ReadStamp(null, 0, model.last());
        TreeSet<String> paths = new TreeSet<>(List.of("/"));
        while (!paths.isEmpty()) {
            ZnodePath path = ZnodePath.of(paths.pollFirst());
            read(peer, new ClientRequest.GetData(path, stamp));
            if (read(peer, new ClientRequest.Children(path, null, null, stamp))
                    instanceof ServerReply.ChildNames listing) {
                listing.names().forEach(name -> paths.add(path.child(name).value()));
            }
        }
    }

    private ServerReply read(SimulatedPeer peer, ClientRequest.ReadRequest request) {
        Call call = new Call(0, null, request, now(), request.stamp().atLeast(), false);
        peer.take(new ReplicaInput.Requested(0, new Reading(call), request, new byte[0], List.of()));
        for (int i = 0; i < 100 && call.reply() == null; i++) {
            oneTick();
        }
        if (call.reply() == null) {
            throw new Violation("liveness", "no answer to %s", call);
        }
        return call.reply();
    }

    private record Reading(Call call) implements ReplyHandle {}

    private void executed(Entry entry) {
        if (entry.payload().length == 0) {
            model.noOp(entry.zxid());
            trace.event("log", entry.chain(), () -> entry + " no-op");
            return;
        }
        Model.Executed executed = model.execute(entry);
        trace.event(
                "log",
                entry.chain(),
                () -> entry + " " + executed.transaction().body() + " refused " + executed.refusal() + " took "
                        + executed.took());
        checkers.executed(executed, now());
    }

    // ---- what a peer's host asks

    /** An effect for a client; replies take no time on their way, since the client's link is not what is tested. */
    void clientEffect(SimulatedPeer peer, ReplicaEffect effect) {
        if (effect instanceof ReplicaEffect.Reply reply) {
            if (reply.handle() instanceof Reading reading) {
                reading.call().answered(now(), reply.reply());
                checkers.answered(reading.call());
            } else {
                SimulatedClient.replied(reply.handle(), reply.reply());
            }
        } else if (effect instanceof ReplicaEffect.Emit emit) {
            withWatch(emit.subscription(), (client, watch) -> client.items(watch, emit.items()));
        } else if (effect instanceof ReplicaEffect.EndSubscription end) {
            withWatch(end.subscription(), (client, watch) -> watch.lost());
        } else if (effect instanceof ReplicaEffect.CloseConnection close) {
            peer.take(new ReplicaInput.ConnectionClosed(close.connection()));
            clients.stream().filter(c -> c.owns(close.connection())).forEach(SimulatedClient::gone);
        }
    }

    private interface WatchAction {
        void accept(SimulatedClient client, ClientWatch watch);
    }

    private void withWatch(long subscription, WatchAction action) {
        for (SimulatedClient client : clients) {
            for (ClientWatch watch : client.watches()) {
                if (watch.is(subscription)) {
                    action.accept(client, watch);
                }
            }
        }
    }

    /** Before what follows from it is done. */
    void drained(SimulatedPeer peer) {
        for (SimulatedClient client : clients) {
            if (client.isAt(peer.id)) {
                client.watches().forEach(ClientWatch::drained);
            }
        }
    }

    void effectsDone(SimulatedPeer peer) {
        for (SimulatedClient client : clients) {
            if (client.isAt(peer.id)) {
                client.watches()
                        .forEach(watch ->
                                watch.effectsDone(client.isCongested() || peer.waitsForChanges(), peer.applied()));
            }
        }
    }

    /** The peer has taken over a whole state, and does not know change by change how it came to it. */
    void stateReplaced(SimulatedPeer peer) {
        for (SimulatedClient client : clients) {
            if (client.isAt(peer.id)) {
                client.watches().forEach(ClientWatch::fellBehind);
            }
        }
    }

    /** Clients at that peer say nothing for a while, and hear what they are told. */
    void silence(PeerId id) {
        clients.stream().filter(client -> client.isAt(id)).forEach(SimulatedClient::fallSilent);
    }

    void peerGone(PeerId id) {
        clients.stream().filter(client -> client.isAt(id)).forEach(SimulatedClient::gone);
    }

    AtomicBroadcast newBroadcast(PeerId id, RecoveredLog log) {
        return Broadcasts.make(algorithm, ensembleOf(id), log, options.bounds(), seed, elections.split());
    }

    Algorithm algorithm() {
        return algorithm;
    }

    Ensemble ensembleOf(PeerId id) {
        return new Ensemble(id, peers.keySet());
    }

    /** A replica handles an input. */
    void step() {
        steps++;
    }

    // ---- what all share

    List<SimulatedPeer> peersUp() {
        return peers.values().stream().filter(SimulatedPeer::isUp).toList();
    }

    List<SimulatedPeer> peers() {
        return List.copyOf(peers.values());
    }

    List<SimulatedClient> clients() {
        return clients;
    }

    Collection<PeerId> ids() {
        return peers.keySet();
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

    Faults faults() {
        return faults;
    }

    SimulationOptions options() {
        return options;
    }

    Checkers checkers() {
        return checkers;
    }

    Model model() {
        return model;
    }

    Trace trace() {
        return trace;
    }

    /** Whether the faults are over. */
    boolean isHealing() {
        return healing;
    }

    long tick() {
        return tick;
    }

    long now() {
        return events.now();
    }

    long nextConnection() {
        return ++lastConnection;
    }

    long nextIncarnation() {
        return ++lastIncarnation;
    }
}
