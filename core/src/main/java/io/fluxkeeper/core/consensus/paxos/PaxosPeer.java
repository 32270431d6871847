package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.DurableRecord.MembershipMark;
import io.fluxkeeper.core.consensus.Effects;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.Founding;
import io.fluxkeeper.core.consensus.LinkedPeer;
import io.fluxkeeper.core.consensus.RecoveredLog;
import java.util.random.RandomGenerator;

/** What a peer keeps from one role to the next, and how every role speaks and changes places. */
final class PaxosPeer extends LinkedPeer {
    final PaxosTiming timing;
    final PaxosLimits limits;
    final PaxosLog log;
    final StateGiving giving;
    private final RandomGenerator random;
    private final RoleChange roleChange;

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
        super(ensemble, founding);
        this.timing = timing;
        this.limits = limits;
        this.random = random;
        this.roleChange = roleChange;
        log = new PaxosLog(recovered, limits, NO_EFFECTS);
        giving = new StateGiving(this);
        seen = log.promised();
    }

    void begin(Effects stepEffects) {
        emitTo(stepEffects);
        log.begin(stepEffects, now);
    }

    /** When it may leave is the message's own rule: nobody decides that anew. Nothing when there is no link. */
    void send(PeerId to, PaxosMessage message) {
        send(to, message, message.when());
    }

    void sendToAll(PaxosMessage message) {
        for (PeerId peer : linked()) {
            send(peer, message);
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
    protected void write(MembershipMark mark) {
        log.mark(mark);
    }
}
