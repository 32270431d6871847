package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.replica.ReplicaEffect;
import java.util.List;
import java.util.function.Consumer;

/** Performs a replica's effects, in their order, on the replica's thread. Hands everything on and never waits. */
public final class EffectExecutor implements Consumer<List<ReplicaEffect>> {
    private final PeerPort peers;
    private final ClientPort clients;
    private final JournalThread journal;
    private final StoreThread store;
    private final ReplicaListener listener;

    public EffectExecutor(
            PeerPort peers, ClientPort clients, JournalThread journal, StoreThread store, ReplicaListener listener) {
        this.peers = peers;
        this.clients = clients;
        this.journal = journal;
        this.store = store;
        this.listener = listener;
    }

    @Override
    public void accept(List<ReplicaEffect> effects) {
        for (ReplicaEffect effect : effects) {
            perform(effect);
        }
        clients.endOfDrain();
    }

    /** The frequent ones come first. */
    private void perform(ReplicaEffect effect) {
        if (effect instanceof ReplicaEffect.Reply reply) {
            clients.reply(reply.handle(), reply.reply());
        } else if (effect instanceof ReplicaEffect.SendFrame frame) {
            peers.send(frame);
        } else if (effect instanceof ReplicaEffect.Persist persist) {
            journal.append(persist.batch());
        } else if (effect instanceof ReplicaEffect.Fold fold) {
            store.fold(fold.delta());
            journal.committed(fold.delta().applied());
            listener.applied(fold.delta().applied());
        } else if (effect instanceof ReplicaEffect.Emit emit) {
            clients.emit(emit.subscription(), emit.items());
        } else {
            performRare(effect);
        }
    }

    private void performRare(ReplicaEffect effect) {
        if (effect instanceof ReplicaEffect.EndSubscription end) {
            clients.end(end.subscription(), end.why());
        } else if (effect instanceof ReplicaEffect.ReadChanges read) {
            store.readChanges(read);
        } else if (effect instanceof ReplicaEffect.CloseConnection close) {
            clients.close(close.connection(), close.reason());
        } else if (effect instanceof ReplicaEffect.Disconnect disconnect) {
            peers.disconnect(disconnect.peer(), disconnect.link(), disconnect.reason());
        } else if (effect instanceof ReplicaEffect.StateTransfer transfer) {
            peers.stateTransfer(transfer);
        } else if (effect instanceof ReplicaEffect.TrimJournal trim) {
            journal.trim(trim.zxid());
        } else if (effect instanceof ReplicaEffect.StatusChanged changed) {
            listener.statusChanged(changed.status());
        } else if (effect instanceof ReplicaEffect.Synchronized done) {
            listener.synchronizedWithLeader(done.how());
        } else if (effect instanceof ReplicaEffect.Defect defect) {
            listener.defect(defect.zxid(), defect.defect());
        } else if (effect instanceof ReplicaEffect.StateDiverged diverged) {
            journal.distrustState(diverged.zxid());
        } else if (effect instanceof ReplicaEffect.StatesDiffer differ) {
            listener.statesDiffer(differ.zxid(), differ.peers());
        } else if (effect instanceof ReplicaEffect.ReadyToStop) {
            listener.readyToStop();
        } else {
            throw new IllegalStateException("an effect nobody performs: " + effect);
        }
    }
}
