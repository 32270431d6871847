package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcast.Availability;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.Role;
import io.fluxkeeper.core.consensus.zab.FollowerProgress.Phase;
import io.fluxkeeper.core.consensus.zab.ZabMessage.Vote;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** A leader, prospective until a quorum holds its history. It keeps the followers; the phases do the work. */
final class Leading implements ZabRole {
    private final ZabPeer peer;
    private final long electedRound;
    private final TreeMap<PeerId, FollowerProgress> followers = new TreeMap<>();
    private final Map<PeerId, ZabMessage.FollowerInfo> waiting;

    private final Discovery discovery;
    private final Synchronization synchronization;
    private final Broadcast broadcast;
    private final QuorumPings pings;
    private final HandingOver handingOver;

    /** The tick of the last step towards being established. */
    private long progressAt;

    private boolean left;

    /** @param waiting followers that elected this peer before it knew */
    Leading(ZabPeer peer, Map<PeerId, ZabMessage.FollowerInfo> waiting) {
        this.peer = peer;
        this.waiting = new TreeMap<>(waiting);
        this.electedRound = peer.round;
        discovery = new Discovery(peer, this);
        synchronization = new Synchronization(peer, this);
        broadcast = new Broadcast(peer, this);
        pings = new QuorumPings(peer, this);
        handingOver = new HandingOver(peer, this);
    }

    @Override
    public Role role() {
        return Role.LEADING;
    }

    @Override
    public PeerId leader() {
        return peer.self();
    }

    @Override
    public boolean isServing() {
        return broadcast.isEstablished();
    }

    @Override
    public Vote vote() {
        return new Vote(
                Role.LEADING, electedRound, new Candidate(peer.log.currentEpoch(), peer.log.last(), peer.self()));
    }

    @Override
    public void enter() {
        progressAt = peer.now;
        peer.sendToAll(vote());
        discovery.begin();
        for (Map.Entry<PeerId, ZabMessage.FollowerInfo> early : waiting.entrySet()) {
            if (!left) {
                onFollowerInfo(early.getKey(), early.getValue());
            }
        }
    }

    @Override
    public void leave() {
        left = true;
        followers.values().forEach(synchronization::release);
        followers.clear();
        pings.loseAll();
        handingOver.end();
    }

    // ---- what the phases ask of the whole

    Bond bondOf(FollowerProgress follower) {
        return new Bond(discovery.epoch(), follower.join);
    }

    long epoch() {
        return discovery.epoch();
    }

    Collection<FollowerProgress> followers() {
        return followers.values();
    }

    /** Whether this peer and the voters for which it holds are a quorum. */
    boolean isQuorum(Predicate<FollowerProgress> holds) {
        return quorumHighest(follower -> holds.test(follower) ? 1 : 0, 1) == 1;
    }

    boolean isEstablished() {
        return broadcast.isEstablished();
    }

    /** Discovery found this history to be the greatest: it becomes that of the epoch. */
    void discovered() {
        progressAt = peer.now;
        broadcast.begin(discovery.epoch());
        for (FollowerProgress follower : followers.values()) {
            if (follower.phase == Phase.EPOCH_ACKED) {
                synchronization.begin(follower);
            }
        }
        broadcast.establishWhenQuorum();
    }

    /** The follower goes; a broken stay begins again on a new link. */
    void drop(FollowerProgress follower, String reason) {
        peer.disconnect(follower.id, reason);
        forget(follower);
    }

    private void forget(FollowerProgress follower) {
        synchronization.release(follower);
        followers.remove(follower.id, follower);
    }

    // ---- messages of followers

    /** Null for a message of another stay: a leftover. */
    private @Nullable FollowerProgress of(PeerId from, Bond bond) {
        FollowerProgress follower = followers.get(from);
        if (follower == null || !bond.equals(bondOf(follower))) {
            return null;
        }
        follower.heardAt = peer.now;
        return follower;
    }

    @Override
    public void onFollowerInfo(PeerId from, ZabMessage.FollowerInfo info) {
        FollowerProgress before = followers.get(from);
        if (before != null && before.join >= info.join()) {
            return;
        }
        if (info.ensembleId() != peer.founding.ensembleId()) {
            peer.disconnect(from, "peer " + from + " belongs to another ensemble");
            return;
        }
        if (before != null) {
            forget(before);
        }
        peer.sawEpoch(info.acceptedEpoch());
        FollowerProgress follower = new FollowerProgress(from, info, peer.now);
        followers.put(from, follower);
        discovery.joined(follower);
    }

    @Override
    public void onAckEpoch(PeerId from, ZabMessage.AckEpoch ack) {
        FollowerProgress follower = of(from, ack.bond());
        if (follower == null || follower.phase != Phase.JOINED) {
            return;
        }
        follower.phase = Phase.EPOCH_ACKED;
        follower.epochCounts = ack.counts();
        follower.currentEpoch = ack.currentEpoch();
        follower.last = ack.last();
        follower.lastChain = ack.chain();
        if (discovery.isDone() || ack.counts()) {
            progressAt = peer.now;
        }
        if (discovery.isDone()) {
            synchronization.begin(follower);
        } else {
            discovery.epochAcked(follower);
        }
    }

    @Override
    public void onTruncRefused(PeerId from, ZabMessage.TruncRefused refused) {
        FollowerProgress follower = of(from, refused.bond());
        if (follower != null) {
            synchronization.truncRefused(follower, refused);
        }
    }

    @Override
    public void onSyncProgress(PeerId from, ZabMessage.SyncProgress progress) {
        FollowerProgress follower = of(from, progress.bond());
        if (follower != null) {
            progressAt = peer.now;
            synchronization.progress(follower, progress.received());
        }
    }

    @Override
    public void onAckNewLeader(PeerId from, ZabMessage.AckNewLeader ack) {
        FollowerProgress follower = of(from, ack.bond());
        if (follower == null || follower.phase != Phase.NEW_LEADER_SENT || dropImpossible(follower, ack.last())) {
            return;
        }
        progressAt = peer.now;
        synchronization.release(follower);
        follower.phase = Phase.SYNCED;
        follower.admissionRound = pings.nextRound();
        broadcast.acked(follower, ack.last());
        broadcast.synced(follower);
    }

    @Override
    public void onAck(PeerId from, ZabMessage.Ack ack) {
        FollowerProgress follower = of(from, ack.bond());
        if (follower != null && follower.isSynced() && !dropImpossible(follower, ack.last())) {
            broadcast.acked(follower, ack.last());
        }
    }

    /** A follower that acknowledges what it was not sent has lost its way. */
    private boolean dropImpossible(FollowerProgress follower, Zxid acked) {
        if (acked.isAfter(follower.sent)) {
            drop(follower, "follower " + follower.id + " acknowledged " + acked + ", sent was " + follower.sent);
            return true;
        }
        return false;
    }

    @Override
    public void onPong(PeerId from, ZabMessage.Pong pong) {
        FollowerProgress follower = of(from, pong.bond());
        if (follower != null) {
            follower.diskLow = pong.diskLow();
            pings.answered(follower, pong.round());
        }
    }

    @Override
    public void onVote(PeerId from, Vote theirs) {
        if (theirs.role() == Role.LOOKING) {
            peer.send(from, vote());
        }
    }

    // ---- what else happens

    @Override
    public void tick() {
        if (peer.log.stalledTicks() > peer.timing.diskStallTicks()) {
            peer.look("the disk has been stalled for " + peer.log.stalledTicks() + " ticks");
            return;
        }
        dropSilent();
        synchronization.tick();
        if (isEstablished()) {
            if (peer.now - quorumHeardAt() > peer.timing.syncTicks()) {
                peer.look("no word from a quorum of followers");
                return;
            }
        } else if (peer.now - progressAt > establishingTicks()) {
            peer.look("no quorum of followers for epoch " + epoch());
            return;
        }
        pings.tick();
        if (isEstablished() && peer.isDiskLow() && othersHaveRoom()) {
            handingOver.begin();
        }
        handingOver.tick();
    }

    private int establishingTicks() {
        return synchronization.isTransferring() ? peer.timing.stateTransferTicksMax() : peer.timing.initTicks();
    }

    private void dropSilent() {
        for (FollowerProgress follower : List.copyOf(followers.values())) {
            // Before it has answered LEADERINFO it answers no pings.
            int ticks = follower.phase == Phase.JOINED ? peer.timing.initTicks() : peer.timing.syncTicks();
            if (peer.now - follower.heardAt > ticks) {
                drop(follower, "follower " + follower.id + " is silent");
            }
        }
    }

    /** The latest tick such that a quorum, this peer included, has been heard at or after it. */
    long quorumHeardAt() {
        return quorumHighest(follower -> follower.heardAt, peer.now);
    }

    /** The highest value that a quorum reaches, this peer with {@code own}; -1 when there are too few followers. */
    long quorumHighest(ToLongFunction<FollowerProgress> value, long own) {
        List<Long> values = new ArrayList<>();
        values.add(own);
        for (FollowerProgress follower : followers.values()) {
            if (follower.voter) {
                values.add(value.applyAsLong(follower));
            }
        }
        return peer.ensemble.quorumHighest(values);
    }

    @Override
    public void persisted() {
        discovery.decideWhenQuorum();
        if (!left) {
            broadcast.persisted();
        }
    }

    @Override
    public void endOfDrain() {
        pings.endOfDrain();
        for (FollowerProgress follower : List.copyOf(followers.values())) {
            synchronization.pump(follower);
            broadcast.sendCommit(follower);
        }
        handingOver.endOfDrain();
    }

    @Override
    public void introduced(PeerId from) {
        FollowerProgress follower = followers.get(from);
        // An admitted learner says so once its mark is durable; from then on it counts.
        if (follower != null && follower.admitSent && peer.founding.isVoter(from)) {
            follower.voter = true;
        }
    }

    @Override
    public void linkDown(PeerId other) {
        FollowerProgress follower = followers.get(other);
        if (follower != null) {
            forget(follower);
        }
    }

    void statePinned(Input.StatePinned pinned) {
        synchronization.statePinned(pinned);
    }

    void stateReleased(long transfer) {
        synchronization.stateReleased(transfer);
    }

    void handOver() {
        handingOver.begin();
    }

    void requestReadIndex(long token) {
        pings.request(token);
    }

    Availability availability() {
        if (!isEstablished()) {
            return Availability.NOT_LEADING;
        }
        if (handingOver.isUnderWay()) {
            return Availability.HANDING_OVER;
        }
        return peer.log.hasRoom() ? Availability.READY : Availability.FULL;
    }

    /** Whether they are a quorum with room, without this peer. */
    private boolean othersHaveRoom() {
        return quorumHighest(each -> each.phase == Phase.UP_TO_DATE && !each.diskLow ? 1 : 0, 0) == 1;
    }

    boolean hasDiskRoom() {
        if (peer.isDiskLow()) {
            return false;
        }
        for (FollowerProgress follower : followers.values()) {
            if (follower.voter && follower.diskLow) {
                return quorumHighest(each -> each.diskLow ? 0 : 1, 1) == 1;
            }
        }
        return true;
    }

    /** Null when this epoch has no number left; then this peer leads no more. */
    @Nullable Zxid propose(byte[] payload) {
        return broadcast.propose(payload);
    }

    // What follows is said by a leader: by another one, which this peer does not follow.

    @Override
    public void onLeaderInfo(PeerId from, ZabMessage.LeaderInfo info) {}

    @Override
    public void onDiff(PeerId from, ZabMessage.Diff diff) {}

    @Override
    public void onTrunc(PeerId from, ZabMessage.Trunc trunc) {}

    @Override
    public void onSnap(PeerId from, ZabMessage.Snap snap) {}

    @Override
    public void onNewLeader(PeerId from, ZabMessage.NewLeader newLeader) {}

    @Override
    public void onUpToDate(PeerId from, ZabMessage.UpToDate upToDate) {}

    @Override
    public void onProposals(PeerId from, ZabMessage.Proposals proposals) {}

    @Override
    public void onCommit(PeerId from, ZabMessage.Commit commit) {}

    @Override
    public void onPing(PeerId from, ZabMessage.Ping ping) {}

    @Override
    public void onAdmit(PeerId from, ZabMessage.Admit admit) {}

    @Override
    public void onTakeOver(PeerId from, ZabMessage.TakeOver takeOver) {}
}
