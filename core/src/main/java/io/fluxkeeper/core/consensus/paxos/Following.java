package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.Role;

/** Follows a leader whose ballot it has promised; also a learner, whose word does not count yet. */
final class Following implements PaxosRole {
    private final PaxosPeer peer;
    private final Acceptor acceptor;
    private final Learner learner;
    private final PeerId leader;
    private final Ballot ballot;

    private Bond bond;
    private Phase phase = Phase.JOINED;
    /** Why it rests; empty while it does not. */
    private String restReason = "";

    private long heardAt;
    private long progressAt;
    /** What the leader was last told. */
    private Zxid acknowledged = Zxid.ZERO;
    /** Where this stay began. */
    private Zxid joinedAt = Zxid.ZERO;

    private int accepted;

    private enum Phase {
        /** JOIN sent. */
        JOINED,
        /** The leader offered its state. */
        FETCHING,
        /** It is in the journal; JOIN again once it is the state in use. */
        INSTALLING,
        /** Told that everything it lacked is here. */
        SERVING,
        /** It cannot go on now, nor could it in a moment; it will begin anew. */
        RESTING
    }

    Following(PaxosPeer peer, Acceptor acceptor, Learner learner, PeerId leader, Ballot ballot) {
        this.peer = peer;
        this.acceptor = acceptor;
        this.learner = learner;
        this.leader = leader;
        this.ballot = ballot;
        bond = new Bond(ballot, 0);
    }

    @Override
    public Role role() {
        return Role.FOLLOWING;
    }

    @Override
    public PeerId leader() {
        return leader;
    }

    @Override
    public Ballot ballot() {
        return ballot;
    }

    @Override
    public boolean isServing() {
        return phase == Phase.SERVING;
    }

    /** It stops following when it hears no more. */
    @Override
    public boolean hearsLeader() {
        return true;
    }

    @Override
    public void enter() {
        heardAt = peer.now;
        join();
    }

    private void join() {
        phase = Phase.JOINED;
        progressAt = peer.now;
        bond = new Bond(ballot, peer.nextStay());
        peer.log.beginRun(ballot);
        joinedAt = peer.log.decided();
        acknowledged = joinedAt;
        accepted = 0;
        peer.send(
                leader,
                new PaxosMessage.Join(
                        bond,
                        peer.founding.ensembleId(),
                        joinedAt,
                        peer.log.history().lastChain(),
                        peer.founding.isVoter()));
    }

    @Override
    public void leave() {
        learner.drop();
    }

    /** Whether a message belongs to this stay with this leader, and the stay goes on; anything else is a leftover. */
    private boolean isOurs(PeerId from, Bond theirs) {
        if (!from.equals(leader) || !theirs.equals(bond)) {
            return false;
        }
        heardAt = peer.now;
        return phase != Phase.RESTING;
    }

    private boolean restsForWantOfRoom() {
        String refusal = peer.refusalForWantOfRoom();
        if (refusal != null) {
            rest(refusal);
        }
        return refusal != null;
    }

    /** For what would fail again at once. Until it gives up it answers heartbeats, so that nobody takes it for dead. */
    private void rest(String reason) {
        learner.drop();
        restReason = reason;
        phase = Phase.RESTING;
        progressAt = peer.now;
    }

    private void giveUp(String reason) {
        peer.disconnect(leader, reason);
        peer.look(reason);
    }

    @Override
    public void onHeartbeat(PeerId from, PaxosMessage.Heartbeat heartbeat) {
        heardAt = peer.now;
        peer.send(leader, new PaxosMessage.Pong(bond, heartbeat.round(), peer.isDiskLow()));
    }

    @Override
    public void onAccept(PeerId from, PaxosMessage.Accept accept) {
        if (!isOurs(from, accept.bond())) {
            acceptor.refuseLower(from, accept.bond().ballot());
            return;
        }
        if (restsForWantOfRoom()) {
            return;
        }
        progressAt = peer.now;
        if (!accept.after().equals(peer.log.runEnd())) {
            giveUp("gap: values after " + accept.after() + ", but accepted up to " + peer.log.runEnd());
            return;
        }
        for (byte[] payload : accept.payloads()) {
            if (!acceptor.accept(ballot, acceptor.nextOfRun(), payload)) {
                peer.look("a higher ballot than " + ballot + " of leader " + leader + " is promised");
                return;
            }
            accepted++;
        }
    }

    @Override
    public void onDecided(PeerId from, PaxosMessage.Decided decided) {
        if (!isOurs(from, decided.bond())) {
            return;
        }
        String refusal = learner.decided(ballot, decided.last(), decided.chain());
        if (refusal != null) {
            giveUp(refusal);
        } else if (decided.serve() && phase == Phase.JOINED) {
            phase = Phase.SERVING;
            peer.emit(new Effect.Synchronized(leader, Effect.SyncMode.DIFF, joinedAt, accepted));
            peer.statusChanged();
        }
    }

    // ---- a follower that lacks too much

    @Override
    public void onSnap(PeerId from, PaxosMessage.Snap snap) {
        if (!isOurs(from, snap.bond()) || phase != Phase.JOINED) {
            return;
        }
        if (restsForWantOfRoom()) {
            return;
        }
        String refusal = learner.fetch(leader, snap);
        if (refusal != null) {
            giveUp(refusal);
        } else {
            phase = Phase.FETCHING;
            progressAt = peer.now;
        }
    }

    /** Whether the state was for this stay; if not, its file is to be thrown away. */
    boolean onStateFetched(Input.StateFetched fetched) {
        if (!learner.awaits(fetched.transfer())) {
            return false;
        }
        String refusal = learner.fetched(fetched);
        if (refusal != null) {
            giveUp(refusal);
            return false;
        }
        phase = Phase.INSTALLING;
        progressAt = peer.now;
        return true;
    }

    void onStateFetchFailed(Input.StateFetchFailed failed) {
        if (learner.awaits(failed.transfer())) {
            rest("the state could not be fetched: " + failed.reason());
        }
    }

    @Override
    public void persisted() {
        if (phase == Phase.INSTALLING && !peer.log.isInstalling()) {
            join();
        }
    }

    // ---- what else happens

    @Override
    public void onProbe(PeerId from, PaxosMessage.Probe probe) {
        if (from.equals(leader)) {
            peer.look("leader " + leader + " leads no more");
            return;
        }
        peer.send(from, new PaxosMessage.ProbeAnswer(probe.probe(), false, peer.log.promised()));
    }

    @Override
    public void onAdmit(PeerId from, PaxosMessage.Admit admit) {
        if (isOurs(from, admit.bond()) && phase == Phase.SERVING) {
            peer.founding.admitted(peer);
        }
    }

    @Override
    public void onTakeOver(PeerId from, PaxosMessage.TakeOver takeOver) {
        if (isOurs(from, takeOver.bond()) && peer.founding.isVoter()) {
            peer.propose(true);
        }
    }

    @Override
    public void tick() {
        if (peer.now - heardAt > peer.timing.syncTicks()) {
            peer.look("no word from leader " + leader);
        } else if (phase == Phase.RESTING) {
            if (peer.now - progressAt >= peer.timing.restTicks()) {
                giveUp(restReason);
            }
        } else if (phase != Phase.SERVING && peer.now - progressAt > patience()) {
            giveUp("no progress with leader " + leader + " in phase " + phase);
        }
    }

    private int patience() {
        return phase == Phase.FETCHING ? peer.timing.stateTransferTicksMax() : peer.timing.initTicks();
    }

    @Override
    public void endOfDrain() {
        Zxid end = peer.log.runEnd();
        if (end.isAfter(acknowledged) && phase != Phase.FETCHING && phase != Phase.INSTALLING) {
            acknowledged = end;
            peer.send(leader, new PaxosMessage.Accepted(bond, end));
        }
    }

    @Override
    public void linkDown(PeerId other) {
        if (other.equals(leader)) {
            peer.look("the link to leader " + leader + " is down");
        }
    }
}
