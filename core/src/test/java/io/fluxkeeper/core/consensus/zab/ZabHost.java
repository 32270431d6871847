package io.fluxkeeper.core.consensus.zab;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Effects;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.Role;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One peer of a {@link ZabCluster}: runs its Zab, holds back what is not durable, keeps its disk and its state. */
final class ZabHost implements Effects {
    private final ZabCluster cluster;
    private final Ensemble ensemble;
    private ZabDisk disk = new ZabDisk();
    private @Nullable Zab zab;
    private Effect.@Nullable Status status;

    private List<Entry> applied = new ArrayList<>();
    private long appliedChain;
    private long durableBatch;
    private final TreeMap<String, ArrayDeque<Held>> held = new TreeMap<>();
    private final TreeMap<Long, ZabDisk.State> pins = new TreeMap<>();
    private final ArrayDeque<Input> transfers = new ArrayDeque<>();
    private final ArrayDeque<Effect.FetchState> fetches = new ArrayDeque<>();
    private int files;

    /** While set, nothing becomes durable by {@link ZabCluster#settle}. */
    boolean diskHeld;
    /** While set, states are not fetched by settling. */
    boolean fetchHeld;
    /** Everything emitted since it was last cleared. */
    final List<Effect> trace = new ArrayList<>();

    /** @param batch that must be durable before it leaves */
    private record Held(PeerId to, long link, PeerMessage message, long batch) {}

    ZabHost(ZabCluster cluster, Ensemble ensemble) {
        this.cluster = cluster;
        this.ensemble = ensemble;
    }

    PeerId id() {
        return ensemble.self();
    }

    boolean isUp() {
        return zab != null;
    }

    Zab zab() {
        return java.util.Objects.requireNonNull(zab, () -> "peer " + id() + " is down");
    }

    ZabDisk disk() {
        return disk;
    }

    Effect.Status status() {
        return zab().status();
    }

    Role role() {
        return status().role();
    }

    boolean isServing() {
        return status().serving();
    }

    List<Entry> applied() {
        return applied;
    }

    List<Zxid> appliedZxids() {
        return applied.stream().map(Entry::zxid).toList();
    }

    <T> List<T> traced(Class<T> kind) {
        return trace.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** Messages of a kind emitted since the trace was cleared. */
    <T> List<T> sent(Class<T> kind) {
        return traced(Effect.Send.class).stream()
                .map(Effect.Send::message)
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    // ---- life

    void start() {
        applied = new ArrayList<>(disk.state().applied());
        appliedChain = disk.state().chain();
        durableBatch = disk.lastEmitted();
        zab = new Zab(
                ensemble,
                cluster.timing,
                disk.recover(),
                cluster.limits,
                new TreeSet<>(cluster.founders),
                1000 + id().value());
        handle(new Input.EndOfDrain());
    }

    void crash() {
        zab = null;
        status = null;
        disk.crash();
        held.clear();
        pins.clear();
        transfers.clear();
        fetches.clear();
    }

    /** The disk is replaced by an empty one, while the peer is down. */
    void wipe() {
        assertThat(isUp()).isFalse();
        disk = new ZabDisk();
    }

    /** One input and the end of the drain. */
    void handle(Input input) {
        if (zab == null) {
            return;
        }
        zab.handle(input, this);
        endOfDrain();
    }

    /** One input, the drain goes on. */
    void handleWithoutEnd(Input input) {
        zab().handle(input, this);
    }

    private void endOfDrain() {
        zab().handle(new Input.EndOfDrain(), this);
        disk.close(zab().lastCommitted());
    }

    Zxid propose(String payload) {
        Zxid zxid = zab().propose(ZabCluster.bytes(payload), this);
        endOfDrain();
        return zxid;
    }

    void requestReadIndex(long token) {
        zab().requestReadIndex(token, this);
        endOfDrain();
    }

    // ---- disk

    /** The oldest waiting batch becomes durable, unless the disk is held. */
    boolean persistOne() {
        return !diskHeld && persistOneEvenIfHeld();
    }

    boolean persistOneEvenIfHeld() {
        if (zab == null) {
            return false;
        }
        long batch = disk.persistOne();
        if (batch == 0) {
            return false;
        }
        durableBatch = batch;
        handle(new Input.Persisted(batch));
        release();
        return true;
    }

    /** The state store commits what is applied, and the journal before it goes. */
    void checkpoint() {
        disk.commitState(new ZabDisk.State(appliedZxid(), appliedChain, applied));
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
                cluster.transmit(id(), next.to(), next.link(), next.message());
            }
        }
    }

    private void deliver(Entry entry) {
        if (entry.zxid().isAfter(disk.history().last())) {
            throw new AssertionError("peer " + id() + " delivers " + entry + ", durable is "
                    + disk.history().last());
        }
        cluster.delivered(this, applied.size(), entry);
        applied.add(entry);
        appliedChain = entry.chain();
    }

    private void state(Effect effect) {
        if (effect instanceof Effect.OfferState offer) {
            ZabDisk.State pinned = new ZabDisk.State(appliedZxid(), appliedChain, applied);
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
            ZabDisk.State content = disk.file(install.file());
            assertThat(disk.state().zxid()).as("installed before it is durable").isEqualTo(install.zxid());
            applied = new ArrayList<>(content.applied());
            appliedChain = content.chain();
        }
    }

    /** Something between the peer and its host happens: a link closed by it, a state pinned or fetched. */
    boolean transferOne() {
        if (zab == null) {
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

    boolean fetchOne() {
        Effect.FetchState fetch = fetches.poll();
        if (fetch == null) {
            return false;
        }
        ZabDisk.State offered = cluster.isOpen(id(), fetch.from(), fetch.link())
                ? cluster.host(fetch.from()).pins.get(fetch.transfer())
                : null;
        if (offered == null) {
            handle(new Input.StateFetchFailed(fetch.transfer(), "the other end is gone"));
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
                + (zab == null ? "down" : status() + " last=" + zab.lastLogged() + " applied=" + applied.size());
    }
}
