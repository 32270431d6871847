package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.replica.ReplicaConfig;
import io.fluxkeeper.core.replica.ReplicaView;
import io.fluxkeeper.core.simulation.check.Call;
import io.fluxkeeper.core.simulation.check.Checker;
import io.fluxkeeper.core.simulation.check.Model;
import java.util.List;
import java.util.function.Consumer;

/** Tells all checkers, in their order. */
final class Checkers implements Checker {
    private final List<Checker> all;

    Checkers(List<Checker> all) {
        this.all = List.copyOf(all);
    }

    private void tell(Consumer<Checker> what) {
        for (Checker checker : all) {
            what.accept(checker);
        }
    }

    @Override
    public void started(PeerId peer, RecoveredLog log) {
        tell(checker -> checker.started(peer, log));
    }

    @Override
    public void installed(PeerId peer, Zxid zxid) {
        tell(checker -> checker.installed(peer, zxid));
    }

    @Override
    public void delivered(PeerId peer, Entry entry) {
        tell(checker -> checker.delivered(peer, entry));
    }

    @Override
    public void executed(Model.Executed executed, long now) {
        tell(checker -> checker.executed(executed, now));
    }

    @Override
    public void digest(PeerId peer, Zxid applied, long digest) {
        tell(checker -> checker.digest(peer, applied, digest));
    }

    @Override
    public void statusChanged(PeerId peer, Effect.Status status, Zxid lastLogged) {
        tell(checker -> checker.statusChanged(peer, status, lastLogged));
    }

    @Override
    public void accepted(PeerId peer, DurableRecord.Accepted vote) {
        tell(checker -> checker.accepted(peer, vote));
    }

    @Override
    public void sent(PeerId from, PeerMessage message) {
        tell(checker -> checker.sent(from, message));
    }

    @Override
    public void drained(PeerId peer, ReplicaView view, ReplicaConfig.Bounds bounds) {
        tell(checker -> checker.drained(peer, view, bounds));
    }

    @Override
    public void invoked(Call call) {
        tell(checker -> checker.invoked(call));
    }

    @Override
    public void answered(Call call) {
        tell(checker -> checker.answered(call));
    }

    @Override
    public void sessionOver(Call call) {
        tell(checker -> checker.sessionOver(call));
    }

    @Override
    public void ended() {
        tell(Checker::ended);
    }
}
