package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.DurableRecord.MembershipMark;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Effects;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.Founding;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.RecoveredLog;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a peer keeps from one role to the next, and how every role speaks and changes places. */
final class ZabPeer implements Founding.Port {
    final Ensemble ensemble;
    final ZabTiming timing;
    final ZabLimits limits;
    final ZabLog log;
    final Founding founding;
    private final RoleChange roleChange;
    private final TreeMap<PeerId, Long> links = new TreeMap<>();
    private Effects effects;

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
        this.ensemble = ensemble;
        this.timing = timing;
        this.limits = limits;
        this.roleChange = roleChange;
        effects = new NoEffects();
        log = new ZabLog(recovered, limits, effects);
        founding = new Founding(ensemble, founders, recovered.membership(), recovered.ensembleId(), freshEnsembleId);
        epochSeen = recovered.acceptedEpoch();
    }

    void begin(Effects stepEffects) {
        effects = stepEffects;
        log.begin(stepEffects, now);
    }

    PeerId self() {
        return ensemble.self();
    }

    void emit(Effect effect) {
        effects.emit(effect);
    }

    /** 0 when there is none. */
    long linkTo(PeerId peer) {
        return links.getOrDefault(peer, 0L);
    }

    /** Whoever can be spoken to, in id order. */
    Set<PeerId> linked() {
        return links.keySet();
    }

    void linkUp(PeerId peer, long link) {
        links.put(peer, link);
        send(peer, founding.introduction());
    }

    void linkDown(PeerId peer) {
        links.remove(peer);
    }

    /** By the rule: after everything emitted so far is durable. Nothing when there is no link. */
    void send(PeerId to, PeerMessage message) {
        send(to, message, Effect.When.DURABLE);
    }

    /** Only what promises nothing of this disk. */
    void sendNow(PeerId to, PeerMessage message) {
        send(to, message, Effect.When.NOW);
    }

    private void send(PeerId to, PeerMessage message, Effect.When when) {
        long link = linkTo(to);
        if (link != 0) {
            emit(new Effect.Send(to, link, message, when));
        }
    }

    void sendToAll(PeerMessage message) {
        for (PeerId peer : links.keySet()) {
            send(peer, message);
        }
    }

    /** The link is made anew, and whatever went wrong begins from the start. */
    void disconnect(PeerId peer, String reason) {
        long link = linkTo(peer);
        if (link != 0) {
            emit(new Effect.Disconnect(peer, link, reason));
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
    public void mark(MembershipMark mark) {
        log.mark(mark);
        sendToAll(founding.introduction());
    }

    @Override
    public void refuse(PeerId peer, String reason) {
        disconnect(peer, reason);
    }

    /** Between steps there is nowhere for an effect to go. */
    private static final class NoEffects implements Effects {
        @Override
        public void emit(Effect effect) {
            throw new IllegalStateException("an effect outside of a step: " + effect);
        }

        @Override
        public long openBatch() {
            throw new IllegalStateException("no batch is open outside of a step");
        }
    }
}
