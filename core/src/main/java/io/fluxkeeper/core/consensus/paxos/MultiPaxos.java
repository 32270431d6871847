package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Effects;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.Founding;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.Introduction;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.RecoveredLog;
import java.util.SortedSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One peer of a Multi-Paxos ensemble: takes an input, lets its role answer it, and changes roles. Its acceptor and its
 * learner are the same in every role.
 */
public final class MultiPaxos implements AtomicBroadcast {
    private final PaxosPeer peer;
    private final Acceptor acceptor;
    private final Learner learner;
    private PaxosRole role;
    private boolean started;
    /** Why this peer does not serve; empty for nothing. */
    private String note;
    /** What was told last; null before the first step. */
    private Effect.@Nullable Status told;

    /**
     * @param recovered what this peer's disk says
     * @param founders the peers that must agree to found the ensemble, a quorum at least
     * @param freshEnsembleId a random positive number: the ensemble's id if this peer is the one to found it
     * @param random decides how long this peer waits before it asks to lead; peers with equal ones would duel for ever
     */
    public MultiPaxos(
            Ensemble ensemble,
            PaxosTiming timing,
            RecoveredLog recovered,
            PaxosLimits limits,
            SortedSet<PeerId> founders,
            long freshEnsembleId,
            RandomGenerator random) {
        Founding founding =
                new Founding(ensemble, founders, recovered.membership(), recovered.ensembleId(), freshEnsembleId);
        peer = new PaxosPeer(ensemble, timing, limits, recovered, founding, random, new Changes());
        acceptor = new Acceptor(peer);
        learner = new Learner(peer);
        role = new Looking(peer, peer.soon());
        note = recovered.note();
    }

    @Override
    public void handle(Input input, Effects effects) {
        begin(effects);
        if (input instanceof Input.Tick) {
            peer.now++;
            peer.begin(effects);
            peer.giving.tick();
            role.tick();
        } else if (input instanceof Input.Received received) {
            received(received);
        } else if (input instanceof Input.EndOfDrain) {
            role.endOfDrain();
            peer.log.writeDecidedWithRest();
            peer.log.endOfDrain();
        } else if (input instanceof Input.Persisted persisted) {
            peer.log.persisted(persisted.batch());
            role.persisted();
        } else if (input instanceof Input.LinkUp up) {
            linkUp(up);
        } else if (input instanceof Input.LinkDown down) {
            linkDown(down.peer(), down.link());
        } else if (input instanceof Input.StateCommitted state) {
            peer.log.stateCommitted(state.zxid());
        } else if (input instanceof Input.DiskSpace disk) {
            peer.room(disk.room());
        } else if (input instanceof Input.HandOver) {
            handOver();
        } else {
            stateTransfer(input);
        }
        tellStatus();
    }

    @Override
    public boolean hasMoreToDo() {
        return peer.log.hasMoreToDeliver();
    }

    private void begin(Effects effects) {
        peer.begin(effects);
        if (!started) {
            started = true;
            tellStatus();
            peer.log.deliver();
            peer.founding.start(peer);
            role.enter();
        }
    }

    private void received(Input.Received received) {
        PeerId from = received.from();
        if (ignoreStaleLink(from, received.link())) {
            return;
        }
        PeerMessage message = received.message();
        if (message instanceof PaxosMessage.Prepare prepare) {
            prepare(from, prepare);
        } else if (message instanceof PaxosMessage.Heartbeat heartbeat) {
            heartbeat(from, heartbeat);
        } else if (message instanceof PaxosMessage.Fetch fetch) {
            if (fetch.ballot().equals(peer.log.promised()) && fetch.ballot().isOf(from)) {
                learner.give(from, fetch);
            }
        } else if (message instanceof PaxosMessage paxos) {
            paxos.handledBy(from, role);
        } else if (message instanceof Introduction introduction) {
            peer.founding.heard(from, introduction, peer);
            role.introduced(from);
        } else {
            Invariant.check(false, "not a message of Multi-Paxos: %s", message);
        }
    }

    /** 1b. Whoever was promised something new is given time to lead, and whatever this peer was it is no more. */
    private void prepare(PeerId from, PaxosMessage.Prepare prepare) {
        boolean isNew = prepare.ballot().isAbove(peer.log.promised());
        if (!acceptor.promise(from, prepare, role.hearsLeader())) {
            return;
        }
        if (isNew) {
            peer.giving.release(from); // for a ballot that it has given up
            peer.look("peer " + from + " proposes with ballot " + prepare.ballot());
            if (role instanceof Looking looking) {
                looking.await(from);
            }
        }
        acceptor.report(from, prepare);
    }

    /** A leader, that a quorum has promised: this peer follows it unless it has promised a higher ballot. */
    private void heartbeat(PeerId from, PaxosMessage.Heartbeat heartbeat) {
        Ballot ballot = heartbeat.ballot();
        peer.saw(ballot);
        Membership membership = peer.founding.membership();
        if (!ballot.isOf(from) || membership == Membership.NONE || membership == Membership.FOUNDING) {
            return;
        }
        if (acceptor.refuseLower(from, ballot)) {
            return;
        }
        if (!(role instanceof Following && ballot.equals(role.ballot()))) {
            if (ballot.isAbove(peer.log.promised())) {
                peer.log.promise(ballot);
            }
            peer.giving.release(from); // as a candidate it had what it lacked
            peer.follow(from, ballot);
        }
        role.onHeartbeat(from, heartbeat);
    }

    /** Normal after a reconnect: what the old link still carried. */
    private boolean ignoreStaleLink(PeerId from, long link) {
        return peer.linkTo(from) != link;
    }

    private void linkUp(Input.LinkUp up) {
        Invariant.check(peer.ensemble.others().contains(up.peer()), "peer %s is not of this ensemble", up.peer());
        long before = peer.linkTo(up.peer());
        if (before != 0) {
            linkDown(up.peer(), before);
        }
        peer.linkUp(up.peer(), up.link());
        role.linkUp(up.peer());
    }

    private void linkDown(PeerId other, long link) {
        if (!ignoreStaleLink(other, link)) {
            peer.linkDown(other);
            peer.giving.release(other);
            role.linkDown(other);
        }
    }

    private void handOver() {
        if (role instanceof Leading leading) {
            leading.handOver();
        } else {
            peer.emit(new Effect.HandOverDone());
        }
    }

    private void stateTransfer(Input input) {
        if (input instanceof Input.StatePinned pinned) {
            peer.giving.pinned(pinned);
        } else if (input instanceof Input.StateReleased released) {
            peer.giving.released(released.transfer());
        } else if (input instanceof Input.StateFetched fetched) {
            boolean taken = role instanceof Following following && following.onStateFetched(fetched)
                    || role instanceof Proposer proposer && proposer.onStateFetched(fetched);
            if (!taken) {
                peer.emit(new Effect.DiscardState(fetched.transfer(), fetched.file()));
            }
        } else if (input instanceof Input.StateFetchFailed failed) {
            if (role instanceof Following following) {
                following.onStateFetchFailed(failed);
            } else if (role instanceof Proposer proposer) {
                proposer.onStateFetchFailed(failed);
            }
        }
    }

    @Override
    public Availability availability() {
        return role instanceof Leading leading ? leading.availability() : Availability.NOT_LEADING;
    }

    @Override
    public boolean hasDiskRoom() {
        return !(role instanceof Leading leading) || leading.hasDiskRoom();
    }

    @Override
    public @Nullable Zxid propose(byte[] payload, Effects effects) {
        begin(effects);
        if (!(role instanceof Leading leading) || leading.availability() != Availability.READY) {
            return null;
        }
        Invariant.check(payload.length > 0, "an empty payload is a no-op, and nobody proposes one");
        Zxid zxid = leading.propose(payload);
        tellStatus();
        return zxid;
    }

    @Override
    public void requestReadIndex(long token, Effects effects) {
        begin(effects);
        if (role instanceof Leading leading) {
            leading.requestReadIndex(token);
        } else {
            peer.emit(new Effect.ReadIndexLost(token));
        }
    }

    @Override
    public Effect.Status status() {
        PeerId leader = role.leader();
        Ballot ballot = role.ballot();
        return new Effect.Status(
                role.role(),
                peer.founding.membership(),
                (ballot == null ? peer.log.promised() : ballot).number(),
                leader,
                leader == null ? 0 : peer.linkTo(leader),
                role.isServing(),
                role.isServing() ? null : peer.founding.note(note));
    }

    private void tellStatus() {
        Effect.Status status = status();
        if (!status.equals(told)) {
            told = status;
            peer.emit(new Effect.StatusChanged(status));
        }
    }

    @Override
    public Zxid lastLogged() {
        return peer.log.last();
    }

    @Override
    public Zxid lastCommitted() {
        return peer.log.decided();
    }

    @Override
    public long quorumHeardTick() {
        return role instanceof Leading leading ? leading.quorumHeardAt() : -1;
    }

    /** Ends one role and begins the next; a role returns to its caller at once when it has asked for this. */
    private final class Changes implements PaxosPeer.RoleChange {
        @Override
        public void look(String reason, long patience) {
            note = reason;
            become(new Looking(peer, patience));
        }

        @Override
        public void propose(boolean takeOver) {
            note = takeOver ? "the leader hands over to this peer" : note;
            become(new Proposer(peer, acceptor, learner, takeOver));
        }

        @Override
        public void lead(Ballot ballot) {
            become(new Leading(peer, acceptor, ballot));
        }

        @Override
        public void follow(PeerId leader, Ballot ballot) {
            become(new Following(peer, acceptor, learner, leader, ballot));
        }

        @Override
        public void statusChanged() {
            tellStatus();
        }

        private void become(PaxosRole next) {
            role.leave();
            role = next;
            tellStatus();
            next.enter();
        }
    }
}
