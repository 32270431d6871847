package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.DurableRecord.MembershipMark;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Effects;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.Founding;
import io.fluxkeeper.core.consensus.LinkedPeer;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.RecoveredLog;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** What a peer keeps from one role to the next, and how every role speaks and changes places. */
final class ZabPeer extends LinkedPeer {
    final ZabTiming timing;
    final ZabLimits limits;
    final ZabLog log;
    private final RoleChange roleChange;

    /** Ticks since construction. */
    long now;
    /** ZooKeeper's logicalClock: how often this ensemble has looked for a leader, as far as this peer knows. */
    long round;
    /** The highest epoch anybody told of: the next leadership goes beyond, else whoever promised it could not join. */
    long epochSeen;

    private long joins;

    /** How a role ends. The caller returns at once: it is no role any more. */
    interface RoleChange {
        /** @param favour whom to vote for at first; null for oneself */
        void look(String note, @Nullable PeerId favour);

        void follow(PeerId leader);

        void lead();

        /** Told at once, before the effects that follow from it. */
        void statusChanged();
    }

    ZabPeer(
            Ensemble ensemble,
            ZabTiming timing,
            ZabLimits limits,
            RecoveredLog recovered,
            SortedSet<PeerId> founders,
            long freshEnsembleId,
            RoleChange roleChange) {
        super(
                ensemble,
                new Founding(ensemble, founders, recovered.membership(), recovered.ensembleId(), freshEnsembleId));
        this.timing = timing;
        this.limits = limits;
        this.roleChange = roleChange;
        log = new ZabLog(recovered, limits, NO_EFFECTS);
        epochSeen = recovered.acceptedEpoch();
    }

    void begin(Effects stepEffects) {
        emitTo(stepEffects);
        log.begin(stepEffects, now);
    }

    /** By the rule: after everything emitted so far is durable. Nothing when there is no link. */
    void send(PeerId to, PeerMessage message) {
        send(to, message, Effect.When.DURABLE);
    }

    /** Only what promises nothing of this disk. */
    void sendNow(PeerId to, PeerMessage message) {
        send(to, message, Effect.When.NOW);
    }

    void sendToAll(PeerMessage message) {
        for (PeerId peer : linked()) {
            send(peer, message);
        }
    }

    long nextJoin() {
        return ++joins;
    }

    void sawEpoch(long epoch) {
        epochSeen = Math.max(epochSeen, epoch);
    }

    void look(String note) {
        roleChange.look(note, null);
    }

    void lookAndFavour(PeerId successor, String note) {
        roleChange.look(note, successor);
    }

    void follow(PeerId leader) {
        roleChange.follow(leader);
    }

    void lead() {
        roleChange.lead();
    }

    void statusChanged() {
        roleChange.statusChanged();
    }

    @Override
    protected void write(MembershipMark mark) {
        log.mark(mark);
    }
}
