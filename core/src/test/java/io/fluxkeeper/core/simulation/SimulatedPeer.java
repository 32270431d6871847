package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.journal.DataDirectoryException;
import io.fluxkeeper.core.journal.JournalBatch;
import io.fluxkeeper.core.replica.PeerRecovery.Recovered;
import io.fluxkeeper.core.replica.Replica;
import io.fluxkeeper.core.replica.ReplicaConfig;
import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.replica.ReplicaView;
import io.fluxkeeper.core.simulation.check.Violation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The host of one replica: performs its effects on a simulated disk and network, and can lose its process. */
final class SimulatedPeer implements SimulatedNetwork.Endpoint {
    /** Something that may meet a failing disk. */
    interface Action {
        void run() throws IOException;
    }

    private static final int IDLE_AFTER = 100;

    /** So small that watches which go on read most changes from the store. */
    private static final long CHANGE_LOG_MEMORY = 1_000;

    private final Simulation simulation;
    final PeerId id;
    private final SplittableRandom random;
    private final SimulatedDisk disk;
    private final TreeMap<PeerId, Long> links = new TreeMap<>();
    private final ArrayDeque<ReplicaInput> mailbox = new ArrayDeque<>();
    private final ReplicaConfig.Bounds bounds;
    private @Nullable Replica replica;
    private @Nullable StateTransfers transfers;
    private ArrayDeque<JournalBatch> unsynced = new ArrayDeque<>();
    private boolean syncing;
    /** What the next fsyncs take; of all later ones chance decides. */
    private final ArrayDeque<Integer> syncDelays = new ArrayDeque<>();

    private boolean idleDue;
    private boolean draining;
    private boolean paused;
    private boolean damaged;
    /** How its disk was damaged since it was last started on. */
    private DamageTally.@Nullable Kind struck;

    private boolean stopping;
    /** Reads of the change log from the store that are under way. */
    private int changeReads;

    private long clockOffset;
    /** Effects that are still performed before the process dies; -1 for all. */
    private int effectsLeft = -1;

    /** Counts processes: an event planned for one that crashed does not reach the next. */
    private int incarnation;

    SimulatedPeer(Simulation simulation, PeerId id, SplittableRandom random) {
        this.simulation = simulation;
        this.id = id;
        this.random = random;
        SimulationOptions options = simulation.options();
        this.disk = new SimulatedDisk(
                id,
                simulation.algorithm(),
                options.disks().segmentBytes(),
                options.founding(),
                vote -> simulation.checkers().accepted(id, vote));
        int pending = options.bounds().pending();
        this.bounds = new ReplicaConfig.Bounds(
                pending, pending, 100, 20, CHANGE_LOG_MEMORY, 20, 20, 0, 1 << 20, options.treeBytesMax());
    }

    @Override
    public boolean isUp() {
        return replica != null;
    }

    @Override
    public int incarnation() {
        return incarnation;
    }

    ReplicaView view() {
        return replica.view();
    }

    Zxid applied() {
        return replica.view().applied();
    }

    SimulatedDisk disk() {
        return disk;
    }

    /** Null while there is no process. */
    @Nullable StateTransfers transfers() {
        return transfers;
    }

    /** Whether its disk lost something that is not healed yet. */
    boolean isDamaged() {
        return damaged;
    }

    /** Whether a cursor here may be waiting for changes that the store has. */
    boolean waitsForChanges() {
        return changeReads > 0;
    }

    boolean isPaused() {
        return paused;
    }

    /** Whether it was asked to stop and has not: it serves for a last moment, and then its process is gone. */
    boolean isStopping() {
        return stopping;
    }

    void start() {
        incarnation++;
        Recovered recovered = recover();
        replica = new Replica(
                new ReplicaConfig(
                        simulation.ensembleOf(id), simulation.nextIncarnation(), Simulation.TICK, bounds, "simulated"),
                new ObservedBroadcast(
                        simulation.newBroadcast(id, recovered.log()),
                        entry -> simulation.checkers().delivered(id, entry),
                        zxid -> simulation.checkers().installed(id, zxid)),
                recovered.state(),
                recovered.lastBatch());
        if (disk.voteLost() && !damaged) {
            throw new Violation("durable is kept", "%s has a sound disk and lost its vote: %s", id, recovered.log());
        }
        boolean noted = !recovered.log().note().isEmpty() || recovered.log().membership() == Membership.NONE;
        if (struck != null && noted) {
            simulation.faults().damageDetected(struck);
        }
        struck = null;
        transfers = new StateTransfers(simulation, this, random.split(), recovered.store());
        event(
                recovered.log().last().value(),
                () -> "starts at " + recovered.log().last() + " committed "
                        + recovered.log().committed() + " " + recovered.log().membership() + " "
                        + recovered.log().note());
        simulation.checkers().started(id, recovered.log());
        simulation.checkers().digest(id, applied(), view().digest());
    }

    /** As an operator would: a directory that cannot be started on is emptied. */
    private Recovered recover() {
        try {
            return disk.start();
        } catch (DataDirectoryException refused) {
            if (!damaged) {
                throw new IllegalStateException("a sound directory was refused", refused);
            }
            event(1, () -> "is refused and emptied: " + refused.getMessage());
            disk.wipe();
            simulation.faults().damagedEmptied();
            return recover();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The process is gone: memory, what was not synced, and some of what was under way to the disk. */
    void crash(boolean power) {
        event(power ? 2 : 3, () -> power ? "loses power" : "crashes");
        if (syncing && random.nextBoolean()) {
            disk.dieWriting(List.copyOf(unsynced), random);
        }
        disk.crash(power, random);
        gone();
    }

    private void gone() {
        unsynced = new ArrayDeque<>();
        syncing = false;
        syncDelays.clear();
        paused = false;
        stopping = false;
        changeReads = 0;
        effectsLeft = -1;
        mailbox.clear();
        links.clear();
        transfers = null;
        replica = null;
        incarnation++;
        simulation.peerGone(id);
    }

    /** Of a peer that is down. @return null if nothing was there to be damaged so */
    DamageTally.@Nullable Kind damageDisk() throws IOException {
        SimulatedDisk.Damage damage = disk.damage(random);
        damaged = true;
        struck = damage.kind();
        event(damage.what().hashCode(), () -> "'s disk: " + damage.what());
        return damage.kind();
    }

    /** From the n-th effect on nothing is done any more. */
    void crashAfterEffects(int count) {
        effectsLeft = count;
    }

    void pause() {
        event(4, () -> "pauses");
        paused = true;
    }

    void goOn() {
        if (paused) {
            event(5, () -> "goes on");
            paused = false;
            drain();
        }
    }

    void jumpClock(long millis) {
        event(millis, () -> "'s clock jumps by " + millis);
        clockOffset += millis;
    }

    void stopInOrder() {
        event(6, () -> "is asked to stop");
        stopping = true;
        take(new ReplicaInput.ShutDown());
    }

    void tick() {
        if (replica == null || paused) {
            return;
        }
        Effect.Status status = view().status();
        if (damaged && status.serving() && disk.membership() == Membership.FOUNDED) {
            damaged = false;
            event(7, () -> "is healed");
        }
        input(new Input.Tick());
    }

    void input(Input input) {
        take(new ReplicaInput.Consensus(input));
    }

    void take(ReplicaInput input) {
        if (replica == null) {
            return;
        }
        mailbox.add(input);
        wakeUp();
    }

    private void wakeUp() {
        if (!draining && !paused) {
            drain();
        }
    }

    /** Sometimes lets inputs gather, so that drains of many are seen as well. */
    private void drain() {
        draining = true;
        int process = incarnation;
        simulation.events().in(random.nextInt(2), () -> {
            draining = false;
            if (process != incarnation) {
                if (replica != null && !mailbox.isEmpty() && !paused) {
                    drain();
                }
            } else if (replica != null && !paused) {
                drainNow();
            }
        });
    }

    private void drainNow() {
        List<ReplicaEffect> effects = new ArrayList<>();
        long now = simulation.events().now() + clockOffset;
        while (!mailbox.isEmpty()) {
            simulation.step();
            replica.handle(mailbox.poll(), now, effects);
        }
        replica.endOfDrain(effects);
        simulation.drained(this);
        int process = incarnation;
        for (ReplicaEffect effect : effects) {
            if (effectsLeft == 0) {
                simulation.faults().crash(id, random.nextBoolean());
            }
            if (process != incarnation) {
                return;
            }
            effectsLeft -= effectsLeft > 0 ? 1 : 0;
            trying(() -> perform(effect));
        }
        if (process == incarnation) {
            simulation.checkers().digest(id, applied(), view().digest());
            simulation.checkers().drained(id, view(), bounds);
            if (!replica.hasMoreToDo()) {
                simulation.effectsDone(this);
            } else {
                wakeUp();
            }
        }
    }

    /** A disk that fails takes the process with it. */
    private void trying(Action action) {
        try {
            action.run();
        } catch (IOException e) {
            event(8, () -> "fails: " + e.getMessage());
            simulation.faults().crash(id, random.nextBoolean());
        }
    }

    private void perform(ReplicaEffect effect) throws IOException {
        if (effect instanceof ReplicaEffect.SendFrame frame) {
            for (PeerMessage message : frame.messages()) {
                simulation.checkers().sent(id, message);
            }
            simulation.network().send(id, frame.to(), frame.link(), frame.lane(), frame.messages());
        } else if (effect instanceof ReplicaEffect.Persist persist) {
            unsynced.add(persist.batch());
            sync();
        } else if (effect instanceof ReplicaEffect.Fold fold) {
            simulation
                    .checkers()
                    .digest(id, fold.delta().applied(), fold.delta().digest());
            transfers.fold(store -> store.fold(fold.delta()));
        } else if (effect instanceof ReplicaEffect.ReadChanges read) {
            changeReads++;
            transfers.readChanges(read, changes -> {
                changeReads--;
                take(changes);
            });
        } else if (effect instanceof ReplicaEffect.TrimJournal trim) {
            if (!syncing) {
                disk.trim(trim.zxid());
            }
        } else if (effect instanceof ReplicaEffect.Disconnect disconnect) {
            event(disconnect.link(), () -> "disconnects " + disconnect.peer() + ": " + disconnect.reason());
            simulation.network().disconnect(id, disconnect.peer(), disconnect.link());
        } else if (effect instanceof ReplicaEffect.StateTransfer transfer) {
            if (transfer.effect() instanceof Effect.InstallState) {
                simulation.stateReplaced(this);
            }
            transfers.perform(transfer.effect());
        } else if (effect instanceof ReplicaEffect.StatusChanged changed) {
            event(changed.status().epoch(), () -> changed.status().toString());
            simulation
                    .checkers()
                    .statusChanged(id, changed.status(), replica.view().lastLogged());
        } else if (effect instanceof ReplicaEffect.Synchronized how) {
            event(how.how().entryCount(), () -> how.how().toString());
        } else if (effect instanceof ReplicaEffect.Defect defect) {
            throw defect.defect();
        } else if (effect instanceof ReplicaEffect.StateDiverged || effect instanceof ReplicaEffect.StatesDiffer) {
            throw new IllegalStateException(id + " found by itself: " + effect);
        } else if (effect instanceof ReplicaEffect.ReadyToStop) {
            stopIfAsked();
        } else {
            simulation.clientEffect(this, effect);
        }
    }

    private void stopIfAsked() throws IOException {
        if (stopping) {
            event(9, () -> "stops");
            disk.append(List.copyOf(unsynced));
            disk.close(view().committed());
            gone();
            simulation.faults().stopped(id);
        }
    }

    /** One fsync at a time, for everything that waits when it begins. */
    private void sync() {
        if (syncing || unsynced.isEmpty()) {
            return;
        }
        syncing = true;
        int group = unsynced.size();
        later(syncDelays.isEmpty() ? syncDelay() : syncDelays.poll(), () -> synced(group));
    }

    private int syncDelay() {
        int delay = simulation.options().disks().syncDelayMax();
        if (!simulation.isHealing()
                && random.nextInt(1000) < simulation.options().disks().slowSyncs()) {
            delay *= 15; // no stall yet, but others have long gone on
        }
        return 1 + random.nextInt(delay);
    }

    /** In units of time. */
    void nextSyncsTake(List<Integer> delays) {
        syncDelays.addAll(delays);
    }

    private void synced(int group) throws IOException {
        List<JournalBatch> batches = new ArrayList<>();
        for (int i = 0; i < group; i++) {
            batches.add(unsynced.poll());
        }
        disk.append(batches);
        syncing = false;
        input(new Input.Persisted(batches.get(group - 1).number()));
        sync();
        if (!idleDue) {
            idleDue = true;
            later(IDLE_AFTER, () -> {
                idleDue = false;
                if (!syncing) {
                    disk.idle(view().applied());
                }
            });
        }
    }

    /** Does it in that process, or never. */
    void later(long delay, Action action) {
        int process = incarnation;
        simulation.events().in(delay, () -> {
            if (process == incarnation && replica != null) {
                trying(action);
            }
        });
    }

    @Override
    public void linkUp(PeerId peer, long link) {
        Long before = links.put(peer, link);
        if (before != null) {
            input(new Input.LinkDown(peer, before));
        }
        input(new Input.LinkUp(peer, link));
    }

    @Override
    public void linkDown(PeerId peer, long link) {
        if (links.remove(peer, link)) {
            input(new Input.LinkDown(peer, link));
        }
    }

    @Override
    public void received(PeerId from, long link, PeerMessage message) {
        input(new Input.Received(from, link, message));
    }

    void event(long number, Supplier<String> what) {
        simulation.trace().event("peer " + id.value(), number, what);
    }
}
