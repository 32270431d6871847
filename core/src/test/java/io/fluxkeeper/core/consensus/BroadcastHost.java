package io.fluxkeeper.core.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One peer of a {@link BroadcastCluster}: runs its broadcast, holds back what is not durable, keeps its disk and its state. */
public final class BroadcastHost implements Effects {
    private final BroadcastCluster cluster;
    private final Ensemble ensemble;
    private BroadcastDisk disk = new BroadcastDisk();
    private @Nullable AtomicBroadcast broadcast;
    private Effect.@Nullable Status status;

    private List<Entry> applied = new ArrayList<>();
    private long appliedChain;
    private long durableBatch;
    private final TreeMap<String, ArrayDeque<Held>> held = new TreeMap<>();
    private final TreeMap<Long, BroadcastDisk.State> pins = new TreeMap<>();
    private final ArrayDeque<Input> transfers = new ArrayDeque<>();
    private final ArrayDeque<Effect.FetchState> fetches = new ArrayDeque<>();
    private int files;

    /** While set, nothing becomes durable by {@link BroadcastCluster#settle}. */
    public boolean diskHeld;
    /** While set, states are not fetched by settling. */
    public boolean fetchHeld;
    /** While set, every fetch of a state fails. */
    public boolean fetchesFail;
    /** Everything emitted since it was last cleared. */
    public final List<Effect> trace = new ArrayList<>();
    /** Most entries delivered between two ends of a drain. */
    public int mostDeliveredAtOnce;

    private int deliveredInThisDrain;

    /** @param batch that must be durable before it leaves */
    private record Held(PeerId to, long link, PeerMessage message, long batch) {}

    BroadcastHost(BroadcastCluster cluster, Ensemble ensemble) {
        this.cluster = cluster;
        this.ensemble = ensemble;
    }

    public PeerId id() {
        return ensemble.self();
    }

    public boolean isUp() {
        return broadcast != null;
    }

    public AtomicBroadcast broadcast() {
        return java.util.Objects.requireNonNull(broadcast, () -> "peer " + id() + " is down");
    }

    public BroadcastDisk disk() {
        return disk;
    }

    public Effect.Status status() {
        return broadcast().status();
    }

    public Role role() {
        return status().role();
    }

    public boolean isServing() {
        return status().serving();
    }

    public List<Entry> applied() {
        return applied;
    }

    public List<Zxid> appliedZxids() {
        return applied.stream().map(Entry::zxid).toList();
    }

    public <T> List<T> traced(Class<T> kind) {
        return trace.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** Messages of a kind emitted since the trace was cleared. */
    public <T> List<T> sent(Class<T> kind) {
        return traced(Effect.Send.class).stream()
                .map(Effect.Send::message)
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    // ---- life

    public void start() {
        applied = new ArrayList<>(disk.state().applied());
        appliedChain = disk.state().chain();
        durableBatch = disk.lastEmitted();
        broadcast = cluster.newBroadcast(ensemble, disk.recover(), 1000 + id().value());
        handle(new Input.EndOfDrain());
    }

    public void crash() {
        broadcast = null;
        status = null;
        disk.crash();
        held.clear();
        pins.clear();
        transfers.clear();
        fetches.clear();
    }

    /** The disk is replaced by an empty one, while the peer is down. */
    public void wipe() {
        assertThat(isUp()).isFalse();
        disk = new BroadcastDisk();
    }

    /** One input and the end of the drain. */
    public void handle(Input input) {
        if (broadcast == null) {
            return;
        }
        broadcast.handle(input, this);
        endOfDrain();
    }

    /** One input, the drain goes on. */
    public void handleWithoutEnd(Input input) {
        broadcast().handle(input, this);
    }

    private void endOfDrain() {
        do {
            deliveredInThisDrain = 0;
            broadcast().handle(new Input.EndOfDrain(), this);
        } while (broadcast().hasMoreToDo());
        disk.close(broadcast().lastCommitted());
    }

    public @Nullable Zxid propose(String payload) {
        return propose(BroadcastCluster.bytes(payload));
    }

    public @Nullable Zxid propose(byte[] payload) {
        Zxid zxid = broadcast().propose(payload, this);
        endOfDrain();
        return zxid;
    }

    public void requestReadIndex(long token) {
        broadcast().requestReadIndex(token, this);
        endOfDrain();
    }

    // ---- disk

    /** The oldest waiting batch becomes durable, unless the disk is held. */
    public boolean persistOne() {
        return !diskHeld && persistOneEvenIfHeld();
    }

    public boolean persistOneEvenIfHeld() {
        if (broadcast == null) {
            return false;
        }
        List<DurableRecord> records = disk.next();
        long batch = disk.persistOne();
        if (batch == 0) {
            return false;
        }
        durableBatch = batch;
        cluster.observer.durable(id(), records);
        handle(new Input.Persisted(batch));
        release();
        return true;
    }

    /** The state store commits what is applied, and the journal before it goes. */
    public void checkpoint() {
        disk.commitState(new BroadcastDisk.State(appliedZxid(), appliedChain, applied));
        handle(new Input.StateCommitted(disk.state().zxid()));
    }

    private Zxid appliedZxid() {
        return applied.isEmpty() ? Zxid.ZERO : applied.get(applied.size() - 1).zxid();
    }

    @Override
    public long openBatch() {
        return disk.openBatch();
    }

    // ---- effects

    @Override
    public void emit(Effect effect) {
        trace.add(effect);
        cluster.observer.emitted(id(), effect);
        if (effect instanceof Effect.Persist persist) {
            disk.add(persist.record());
        } else if (effect instanceof Effect.Send send) {
            hold(send);
        } else if (effect instanceof Effect.Deliver deliver) {
            deliver(deliver.entry());
        } else if (effect instanceof Effect.StatusChanged changed) {
            status = changed.status();
            if (status.serving() && status.role() == Role.LEADING) {
                cluster.leads(this, status.epoch());
            }
        } else if (effect instanceof Effect.Disconnect disconnect) {
            transfers.add(new Input.LinkDown(disconnect.peer(), disconnect.link()));
        } else {
            state(effect);
        }
    }

    private void hold(Effect.Send send) {
        long batch = send.when() == Effect.When.NOW ? 0 : disk.lastEmitted();
        held.computeIfAbsent(send.to() + "/" + send.message().lane(), key -> new ArrayDeque<>())
                .add(new Held(send.to(), send.link(), send.message(), batch));
        release();
    }

    /** A lane's messages leave in order, each once its batch is durable. */
    private void release() {
        for (ArrayDeque<Held> lane : held.values()) {
            while (!lane.isEmpty() && lane.getFirst().batch() <= durableBatch) {
                Held next = lane.removeFirst();
                cluster.audit(this, next.message());
                cluster.transmit(id(), next.to(), next.link(), next.message());
            }
        }
    }

    private void deliver(Entry entry) {
        if (!disk.holds(entry)) {
            throw new AssertionError("peer " + id() + " delivers " + entry + ", which is not durable there");
        }
        cluster.delivered(this, applied.size(), entry);
        deliveredInThisDrain++;
        mostDeliveredAtOnce = Math.max(mostDeliveredAtOnce, deliveredInThisDrain);
        applied.add(entry);
        appliedChain = entry.chain();
    }

    private void state(Effect effect) {
        if (effect instanceof Effect.OfferState offer) {
            BroadcastDisk.State pinned = new BroadcastDisk.State(appliedZxid(), appliedChain, applied);
            pins.put(offer.transfer(), pinned);
            transfers.add(new Input.StatePinned(offer.transfer(), pinned.zxid(), pinned.chain(), pinned.digest()));
        } else if (effect instanceof Effect.ReleaseState released) {
            pins.remove(released.transfer());
        } else if (effect instanceof Effect.FetchState fetch) {
            fetches.add(fetch);
        } else if (effect instanceof Effect.DiscardState discard) {
            assertThat(disk.hasFile(discard.file())).isTrue();
            disk.deleteFile(discard.file());
        } else if (effect instanceof Effect.InstallState install) {
            BroadcastDisk.State content = disk.file(install.file());
            assertThat(disk.state().zxid()).as("installed before it is durable").isEqualTo(install.zxid());
            applied = new ArrayList<>(content.applied());
            appliedChain = content.chain();
        }
    }

    /** Something between the peer and its host happens: a link closed by it, a state pinned or fetched. */
    public boolean transferOne() {
        if (broadcast == null) {
            return false;
        }
        Input next = transfers.poll();
        if (next instanceof Input.LinkDown down) {
            cluster.closeLink(id(), down.peer(), down.link());
            return true;
        } else if (next != null) {
            handle(next);
            return true;
        }
        return !fetchHeld && fetchOne();
    }

    public boolean fetchOne() {
        Effect.FetchState fetch = fetches.poll();
        if (fetch == null) {
            return false;
        }
        BroadcastDisk.State offered = cluster.isOpen(id(), fetch.from(), fetch.link())
                ? cluster.host(fetch.from()).pins.get(fetch.transfer())
                : null;
        if (offered == null || fetchesFail) {
            String reason = fetchesFail ? "no room" : "the other end is gone";
            handle(new Input.StateFetchFailed(fetch.transfer(), reason));
        } else {
            String file = "state-" + ++files;
            disk.writeFile(file, offered);
            handle(new Input.StateFetched(fetch.transfer(), file, offered.zxid(), offered.chain(), offered.digest()));
        }
        return true;
    }

    @Override
    public String toString() {
        return id() + "="
                + (broadcast == null
                        ? "down"
                        : status() + " last=" + broadcast.lastLogged() + " applied=" + applied.size());
    }
}
