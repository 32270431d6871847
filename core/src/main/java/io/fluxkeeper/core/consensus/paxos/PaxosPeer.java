package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.DurableRecord.MembershipMark;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Effects;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.Founding;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.RecoveredLog;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** What a peer keeps from one role to the next, and how every role speaks and changes places. */
final class PaxosPeer implements Founding.Port {
    final Ensemble ensemble;
    final PaxosTiming timing;
    final PaxosLimits limits;
    final PaxosLog log;
    final Founding founding;
    final StateGiving giving;
    private final RandomGenerator random;
    private final RoleChange roleChange;
    private final TreeMap<PeerId, Long> links = new TreeMap<>();
    private Effects effects;

    /** Ticks since construction. */
    long now;
    /** The highest ballot anybody told of: the next one goes beyond, else whoever promised it would refuse. */
    private Ballot seen;

    private long stays;
    private long probes;

    /** How a role ends. The caller returns at once: it is no role any more. */
    interface RoleChange {
        /** @param patience ticks before this peer asks to lead */
        void look(String note, long patience);

        void propose(boolean takeOver);

        void lead(Ballot ballot);

        void follow(PeerId leader, Ballot ballot);

        /** Told at once, before the effects that follow from it. */
        void statusChanged();
    }

    PaxosPeer(
            Ensemble ensemble,
            PaxosTiming timing,
            PaxosLimits limits,
            RecoveredLog recovered,
            Founding founding,
            RandomGenerator random,
            RoleChange roleChange) {
        this.ensemble = ensemble;
        this.timing = timing;
        this.limits = limits;
        this.founding = founding;
        this.random = random;
        this.roleChange = roleChange;
        effects = new NoEffects();
        log = new PaxosLog(recovered, limits, effects);
        giving = new StateGiving(this);
        seen = log.promised();
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
        introduceTo(peer);
    }

    void linkDown(PeerId peer) {
        links.remove(peer);
    }

    /** When it may leave is the message's own rule: nobody decides that anew. Nothing when there is no link. */
    void send(PeerId to, PaxosMessage message) {
        send(to, message, message.when());
    }

    void sendToAll(PaxosMessage message) {
        for (PeerId peer : links.keySet()) {
            send(peer, message);
        }
    }

    private void introduceTo(PeerId peer) {
        send(peer, founding.introduction(), Effect.When.DURABLE);
    }

    private void send(PeerId to, PeerMessage message, Effect.When when) {
        long link = linkTo(to);
        if (link != 0) {
            emit(new Effect.Send(to, link, message, when));
        }
    }

    /** The link is made anew, and whatever went wrong begins from the start. */
    void disconnect(PeerId peer, String reason) {
        long link = linkTo(peer);
        if (link != 0) {
            emit(new Effect.Disconnect(peer, link, reason));
        }
    }

    long nextStay() {
        return ++stays;
    }

    long nextProbe() {
        return ++probes;
    }

    void saw(Ballot ballot) {
        seen = Ballot.max(seen, ballot);
    }

    /** A ballot that this peer has never used: beyond its own promises, which are durable before a ballot is used. */
    Ballot unusedBallot() {
        return Ballot.max(seen, log.promised()).nextOf(self());
    }

    /** Up to {@code electionTicks}, at least one: whom it makes wait less is the next to lead. */
    long soon() {
        return 1 + random.nextInt(timing.electionTicks());
    }

    /** Long enough for somebody else to win. */
    long later() {
        return timing.electionTicks() + soon();
    }

    void look(String note) {
        roleChange.look(note, soon());
    }

    void lookAfter(long patience, String note) {
        roleChange.look(note, patience);
    }

    void propose(boolean takeOver) {
        roleChange.propose(takeOver);
    }

    void lead(Ballot ballot) {
        roleChange.lead(ballot);
    }

    void follow(PeerId leader, Ballot ballot) {
        roleChange.follow(leader, ballot);
    }

    void statusChanged() {
        roleChange.statusChanged();
    }

    @Override
    public void mark(MembershipMark mark) {
        log.mark(mark);
        linked().forEach(this::introduceTo);
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
