package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.journal.JournalBatch;
import io.fluxkeeper.core.replica.Replica;
import io.fluxkeeper.core.replica.ReplicaConfig;
import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.replica.ReplicaView;
import io.fluxkeeper.core.replica.StateMachine;
import io.fluxkeeper.core.store.StateMeta;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** The host of one replica: performs its effects on a simulated disk and network, and can lose its process. */
final class SimulatedPeer implements SimulatedNetwork.Endpoint {
    private final Simulation simulation;
    final PeerId id;
    private final SplittableRandom random;
    private final Map<Long, SimulatedDisk.Version> pins = new HashMap<>();
    private final Map<Long, String> fetched = new HashMap<>();
    private final TreeMap<PeerId, Long> links = new TreeMap<>();
    private SimulatedDisk disk = new SimulatedDisk();
    private Replica replica;
    private ArrayDeque<JournalBatch> unsynced = new ArrayDeque<>();
    private boolean syncing;
    private boolean draining;
    private final ArrayDeque<ReplicaInput> mailbox = new ArrayDeque<>();

    /** Counts processes: an event planned for one that crashed does not reach the next. */
    private int incarnation;

    SimulatedPeer(Simulation simulation, PeerId id, SplittableRandom random) {
        this.simulation = simulation;
        this.id = id;
        this.random = random;
    }

    @Override
    public boolean isUp() {
        return replica != null;
    }

    ReplicaView view() {
        return replica.view();
    }

    void start() {
        incarnation++;
        RecoveredLog log = disk.recover();
        StateMachine state = disk.version().load();
        AtomicBroadcast broadcast = simulation.newBroadcast(id, log);
        ReplicaConfig config = new ReplicaConfig(
                simulation.ensembleOf(id),
                simulation.nextIncarnation(),
                Simulation.TICK,
                ReplicaConfig.Bounds.DEFAULT,
                "simulated");
        replica = new Replica(config, broadcast, state, disk.lastBatch());
        simulation.trace(id, "starts at " + log.last() + " committed " + log.committed() + " " + log.membership());
    }

    /** The process is gone: memory, what was not synced, and some of what was under way to the disk. */
    void crash() {
        simulation.trace(id, "crashes");
        List<JournalBatch> reached = new ArrayList<>();
        int survivors = unsynced.isEmpty() || random.nextBoolean() ? 0 : random.nextInt(unsynced.size() + 1);
        for (int i = 0; i < survivors; i++) {
            reached.add(unsynced.poll()); // written and never reported
        }
        disk.synced(reached);
        disk.loseUncommitted();
        unsynced = new ArrayDeque<>();
        syncing = false;
        mailbox.clear();
        pins.clear();
        fetched.clear();
        links.clear();
        replica = null;
        incarnation++;
        simulation.clientsLose(id);
    }

    void wipe() {
        simulation.trace(id, "loses its disk");
        disk = new SimulatedDisk();
    }

    void tick() {
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
        if (!draining) {
            drain();
        }
    }

    /** Sometimes lets inputs gather, so that drains of many are seen as well. */
    private void drain() {
        draining = true;
        int process = incarnation;
        simulation.events().in(random.nextInt(2), () -> {
            draining = false;
            if (process == incarnation && replica != null) {
                drainNow();
            }
        });
    }

    private void drainNow() {
        List<ReplicaEffect> effects = new ArrayList<>();
        do {
            while (!mailbox.isEmpty()) {
                replica.handle(mailbox.poll(), simulation.events().now(), effects);
            }
            replica.endOfDrain(effects);
        } while (replica.hasMoreToDo());
        for (ReplicaEffect effect : effects) {
            perform(effect);
        }
        simulation.checkAfterDrain(this);
    }

    private void perform(ReplicaEffect effect) {
        if (effect instanceof ReplicaEffect.SendFrame frame) {
            simulation.network().send(id, frame.to(), frame.link(), frame.lane(), frame.messages());
        } else if (effect instanceof ReplicaEffect.Persist persist) {
            unsynced.add(persist.batch());
            sync();
        } else if (effect instanceof ReplicaEffect.Fold fold) {
            disk.fold(fold.delta());
            simulation.digests().at(id, fold.delta().applied(), fold.delta().digest());
            if (random.nextInt(8) == 0) {
                later(random.nextInt(30), () -> input(new Input.StateCommitted(disk.commit())));
            }
        } else if (effect instanceof ReplicaEffect.TrimJournal trim) {
            disk.trim(trim.zxid());
        } else if (effect instanceof ReplicaEffect.Disconnect disconnect) {
            simulation.trace(id, "disconnects " + disconnect.peer() + ": " + disconnect.reason());
            simulation.network().disconnect(id, disconnect.peer(), disconnect.link());
        } else if (effect instanceof ReplicaEffect.StateTransfer transfer) {
            transfer(transfer.effect());
        } else if (effect instanceof ReplicaEffect.StatusChanged changed) {
            simulation.trace(id, changed.status().toString());
            simulation.epochs().status(id, changed.status());
            simulation.histories().status(id, changed.status(), replica.view().lastLogged());
        } else if (effect instanceof ReplicaEffect.Synchronized how) {
            simulation.trace(id, how.how().toString());
        } else if (effect instanceof ReplicaEffect.Defect defect) {
            throw defect.defect();
        } else {
            simulation.clientEffect(this, effect);
        }
    }

    /** One fsync at a time, for everything that waits when it begins. */
    private void sync() {
        if (syncing || unsynced.isEmpty()) {
            return;
        }
        syncing = true;
        int group = unsynced.size();
        int delay = simulation.options().syncDelayMax();
        if (!simulation.isHealing()
                && random.nextInt(1000) < simulation.options().slowSyncsPerThousand()) {
            delay *= 15; // no stall yet, but others have long gone on
        }
        later(1 + random.nextInt(delay), () -> {
            List<JournalBatch> batches = new ArrayList<>();
            for (int i = 0; i < group; i++) {
                batches.add(unsynced.poll());
            }
            disk.synced(batches);
            syncing = false;
            input(new Input.Persisted(disk.lastBatch()));
            sync();
        });
    }

    private void transfer(Effect effect) {
        if (effect instanceof Effect.OfferState offer) {
            later(random.nextInt(20), () -> {
                disk.commit();
                SimulatedDisk.Version version = disk.version();
                pins.put(offer.transfer(), version);
                StateMeta meta = version.meta();
                input(new Input.StatePinned(offer.transfer(), meta.applied(), meta.chain(), meta.digest()));
            });
        } else if (effect instanceof Effect.ReleaseState release) {
            pins.remove(release.transfer());
            input(new Input.StateReleased(release.transfer()));
        } else if (effect instanceof Effect.FetchState fetch) {
            later(1 + random.nextInt(100), () -> fetch(fetch));
        } else if (effect instanceof Effect.DiscardState discard) {
            disk.delete(discard.file());
        } else if (effect instanceof Effect.InstallState install) {
            simulation.trace(id, "installs " + install.file() + " of " + install.zxid());
            disk.install(install.file());
        }
    }

    private void fetch(Effect.FetchState fetch) {
        SimulatedPeer from = simulation.peer(fetch.from());
        SimulatedDisk.Version version = from.isUp() ? from.pins.get(fetch.transfer()) : null;
        if (version == null || !simulation.network().isUp(id, fetch.from(), fetch.link())) {
            input(new Input.StateFetchFailed(fetch.transfer(), "the leader is gone"));
            return;
        }
        String file = disk.keep(version);
        StateMeta meta = version.meta();
        take(new ReplicaInput.StateFetched(
                new Input.StateFetched(fetch.transfer(), file, meta.applied(), meta.chain(), meta.digest()),
                version.load()));
    }

    private void later(long delay, Runnable action) {
        int process = incarnation;
        simulation.events().in(delay, () -> {
            if (process == incarnation && replica != null) {
                action.run();
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

    Zxid applied() {
        return replica.view().applied();
    }
}
