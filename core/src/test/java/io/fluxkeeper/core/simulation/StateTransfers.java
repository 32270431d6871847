package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.replica.StateMachine;
import io.fluxkeeper.core.store.StateChunk;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.StateStore;
import io.fluxkeeper.core.store.StateStores;
import io.fluxkeeper.core.store.StateTable;
import java.io.IOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** The store of one process: folds, commits and state transfers, each in its own time. */
final class StateTransfers {
    private static final int CHUNK_BYTES = 2_000;

    private final Simulation simulation;
    private final SimulatedPeer peer;
    private final SplittableRandom random;
    private final Map<Long, StateStore.Pin> pins = new HashMap<>();
    private StateStore store;
    private boolean committing;

    StateTransfers(Simulation simulation, SimulatedPeer peer, SplittableRandom random, StateStore store) {
        this.simulation = simulation;
        this.peer = peer;
        this.random = random;
        this.store = store;
    }

    void fold(ReplicaFold fold) throws IOException {
        fold.into(store);
        if (!committing && random.nextInt(8) == 0) {
            committing = true;
            peer.later(random.nextInt(30), this::commit);
        }
    }

    /** What a fold does to a store. */
    interface ReplicaFold {
        void into(StateStore store) throws IOException;
    }

    /** In its turn; by then another state may have been installed, which has the same log. */
    void readChanges(ReplicaEffect.ReadChanges asked, Consumer<ReplicaInput> then) {
        peer.later(
                random.nextInt(10),
                () -> then.accept(ReplicaInput.ChangesRead.of(
                        store.read(StateTable.CHANGES, asked.fromKey(), asked.bytesMax()))));
    }

    private void commit() throws IOException {
        store.commit();
        StateMeta meta = store.meta();
        peer.later(1 + random.nextInt(10), () -> {
            committing = false;
            peer.disk().states().synced();
            peer.input(new Input.StateCommitted(meta.applied()));
        });
    }

    void perform(Effect effect) throws IOException {
        if (effect instanceof Effect.OfferState offer) {
            peer.later(random.nextInt(20), () -> offer(offer));
        } else if (effect instanceof Effect.ReleaseState release) {
            pins.remove(release.transfer());
            peer.input(new Input.StateReleased(release.transfer()));
        } else if (effect instanceof Effect.FetchState fetch) {
            peer.later(1 + random.nextInt(100), () -> fetch(fetch));
        } else if (effect instanceof Effect.DiscardState discard) {
            peer.disk().states().delete(discard.file());
        } else if (effect instanceof Effect.InstallState install) {
            String old = store.fileName();
            store = peer.disk().states().open(install.file());
            peer.disk().states().delete(old);
            peer.event(install.zxid().value(), () -> "installs " + install.file() + " of " + install.zxid());
        }
    }

    private void offer(Effect.OfferState offer) throws IOException {
        store.commit();
        peer.disk().states().synced();
        pins.put(offer.transfer(), store.pin());
        StateMeta meta = store.meta();
        peer.input(new Input.StatePinned(offer.transfer(), meta.applied(), meta.chain(), meta.digest()));
    }

    private void fetch(Effect.FetchState fetch) throws IOException {
        StateTransfers from = simulation.peer(fetch.from()).transfers();
        StateStore.Pin pin = from == null ? null : from.pins.get(fetch.transfer());
        boolean linked = simulation.network().isUp(peer.id, fetch.from(), fetch.link());
        if (pin == null || !linked || random.nextInt(20) == 0) {
            peer.input(new Input.StateFetchFailed(fetch.transfer(), "the leader is gone"));
            return;
        }
        StateStores.StateReceiver receiver = peer.disk().states().receive();
        for (Iterator<StateChunk> chunks = pin.chunks(CHUNK_BYTES); chunks.hasNext(); ) {
            receiver.accept(chunks.next());
        }
        StateMeta meta = pin.meta();
        String file = receiver.finish(meta);
        StateMachine.Loader loader = StateMachine.loader(simulation.options().founding());
        StateMachine state = new StateMachine(simulation.options().founding());
        if (meta.applied().value() != 0) {
            peer.disk().states().open(file).load(loader);
            state = loader.finish(meta);
        }
        peer.take(new ReplicaInput.StateFetched(
                new Input.StateFetched(fetch.transfer(), file, meta.applied(), meta.chain(), meta.digest()), state));
    }
}
