package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Effects;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.Introduction;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.RecoveredLog;
import java.util.Map;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * One peer of a Zab ensemble: takes an input, lets its role answer it, and changes roles. The paper's phases are the
 * classes that the roles are made of.
 */
public final class Zab implements AtomicBroadcast {
    private final ZabPeer peer;
    private ZabRole role;
    private boolean started;
    /** Why this peer does not serve; empty for nothing. */
    private String note;
    /** What was told last; null before the first step. */
    private Effect.@Nullable Status told;

    /** As below, for an ensemble that all its configured peers found. */
    public Zab(Ensemble ensemble, ZabTiming timing, RecoveredLog recovered, ZabLimits limits, long freshEnsembleId) {
        this(ensemble, timing, recovered, limits, ensemble.peers(), freshEnsembleId);
    }

    /**
     * @param recovered what this peer's disk says
     * @param founders the peers that must agree to found the ensemble, a quorum at least
     * @param freshEnsembleId a random positive number: the ensemble's id if this peer is the one to found it
     */
    public Zab(
            Ensemble ensemble,
            ZabTiming timing,
            RecoveredLog recovered,
            ZabLimits limits,
            SortedSet<PeerId> founders,
            long freshEnsembleId) {
        peer = new ZabPeer(ensemble, timing, limits, recovered, founders, freshEnsembleId, new Changes());
        role = new Looking(peer, null);
        note = recovered.note();
    }

    @Override
    public void handle(Input input, Effects effects) {
        begin(effects);
        if (input instanceof Input.Tick) {
            tick(effects);
        } else if (input instanceof Input.Received received) {
            received(received);
        } else if (input instanceof Input.EndOfDrain) {
            role.endOfDrain();
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
            // What is known committed is executed at once; the rest only when a leader says so.
            peer.log.deliver();
            peer.founding.start(peer);
            role.enter();
        }
    }

    private void tick(Effects effects) {
        peer.now++;
        peer.begin(effects);
        role.tick();
    }

    private void received(Input.Received received) {
        if (ignoreStaleLink(received.from(), received.link())) {
            return;
        }
        PeerMessage message = received.message();
        if (message instanceof ZabMessage zab) {
            zab.handledBy(received.from(), role);
        } else if (message instanceof Introduction introduction) {
            peer.founding.heard(received.from(), introduction, peer);
            role.introduced(received.from());
        } else {
            Invariant.check(false, "not a message of Zab: %s", message);
        }
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
        peer.send(up.peer(), role.vote());
    }

    private void linkDown(PeerId other, long link) {
        if (!ignoreStaleLink(other, link)) {
            peer.linkDown(other);
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
            if (role instanceof Leading leading) {
                leading.statePinned(pinned);
            } else {
                peer.emit(new Effect.ReleaseState(pinned.transfer()));
            }
        } else if (input instanceof Input.StateReleased released) {
            if (role instanceof Leading leading) {
                leading.stateReleased(released.transfer());
            }
        } else if (input instanceof Input.StateFetched fetched) {
            if (!(role instanceof Following following && following.onStateFetched(fetched))) {
                peer.emit(new Effect.DiscardState(fetched.transfer(), fetched.file()));
            }
        } else if (input instanceof Input.StateFetchFailed failed && role instanceof Following following) {
            following.onStateFetchFailed(failed);
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
        return new Effect.Status(
                role.role(),
                peer.founding.membership(),
                peer.log.currentEpoch(),
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
        return peer.log.committed();
    }

    @Override
    public long quorumHeardTick() {
        return role instanceof Leading leading ? leading.quorumHeardAt() : -1;
    }

    /** Ends one role and begins the next; a role returns to its caller at once when it has asked for this. */
    private final class Changes implements ZabPeer.RoleChange {
        @Override
        public void look(String reason, @Nullable PeerId favour) {
            note = reason;
            become(new Looking(peer, favour));
        }

        @Override
        public void follow(PeerId leader) {
            become(new Following(peer, leader));
        }

        @Override
        public void lead() {
            Map<PeerId, ZabMessage.FollowerInfo> waiting =
                    role instanceof Looking looking ? looking.waiting() : Map.of();
            become(new Leading(peer, waiting));
        }

        @Override
        public void statusChanged() {
            tellStatus();
        }

        private void become(ZabRole next) {
            role.leave();
            role = next;
            tellStatus();
            next.enter();
        }
    }
}
