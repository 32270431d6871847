package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AcceptedTail;
import io.fluxkeeper.core.consensus.AtomicBroadcast.Availability;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Role;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Phase 2: proposes for slot after slot, without phase 1, until a higher ballot shows up or a quorum is silent. It serves
 * once everything it found has been decided anew.
 */
final class Leading implements PaxosRole {
    private final PaxosPeer peer;
    private final Acceptor acceptor;
    private final Ballot ballot;
    private final TreeMap<PeerId, FollowerProgress> followers = new TreeMap<>();
    private final Replication replication;
    private final QuorumPings pings;
    private final long since;
    /** The last slot that phase 1 found a value for. */
    private final Zxid foundLast;
    /** The tick of the hand-over's begin; -1 when none is under way. */
    private long handingOverSince = -1;

    private boolean serving;

    Leading(PaxosPeer peer, Acceptor acceptor, Ballot ballot) {
        this.peer = peer;
        this.acceptor = acceptor;
        this.ballot = ballot;
        since = peer.now;
        foundLast = peer.log.runEnd();
        replication = new Replication(peer, this);
        pings = new QuorumPings(peer, this);
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
    public Ballot ballot() {
        return ballot;
    }

    @Override
    public boolean isServing() {
        return serving;
    }

    /** It leads only while it hears a quorum. */
    @Override
    public boolean hearsLeader() {
        return true;
    }

    @Override
    public void enter() {
        pings.begin();
        advance();
    }

    @Override
    public void leave() {
        followers.keySet().forEach(peer.giving::release);
        followers.clear();
        pings.loseAll();
        endHandOver();
    }

    // ---- what its parts ask of the whole

    Collection<FollowerProgress> followers() {
        return followers.values();
    }

    /** The follower goes; it begins again on a new link. */
    void drop(FollowerProgress follower, String reason) {
        peer.disconnect(follower.id, reason);
        forget(follower);
    }

    private void forget(FollowerProgress follower) {
        peer.giving.release(follower.id);
        followers.remove(follower.id, follower);
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

    /** The latest tick such that a quorum, this peer included, has been heard at or after it. */
    long quorumHeardAt() {
        return quorumHighest(follower -> follower.heardAt, peer.now);
    }

    // ---- proposing and deciding

    Availability availability() {
        if (!serving) {
            return Availability.NOT_LEADING;
        }
        if (isHandingOver()) {
            return Availability.HANDING_OVER;
        }
        return peer.log.hasRoom() ? Availability.READY : Availability.FULL;
    }

    /** Whether they are a quorum with room, without this peer. */
    private boolean othersHaveRoom() {
        return quorumHighest(each -> each.serves && !each.diskLow ? 1 : 0, 0) == 1;
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

    Zxid propose(byte[] payload) {
        Zxid slot = AcceptedTail.next(peer.log.runEnd());
        Invariant.check(acceptor.accept(ballot, slot, payload), "%s does not accept its own ballot", peer.self());
        return slot;
    }

    /**
     * A slot is chosen when a quorum has accepted its value of this one ballot. This peer counts by its own disk alone,
     * and only then.
     */
    private void advance() {
        long held = quorumHighest(
                follower -> follower.acked.value(), peer.log.durableRunEnd().value());
        if (held > peer.log.decided().value()) {
            peer.log.decide(new Zxid(held), ballot);
        }
        if (!serving && peer.log.decided().compareTo(foundLast) >= 0) {
            serving = true;
            peer.statusChanged();
        }
    }

    @Override
    public void persisted() {
        advance();
    }

    @Override
    public void onJoin(PeerId from, PaxosMessage.Join join) {
        FollowerProgress before = followers.get(from);
        if (!join.bond().ballot().equals(ballot)
                || before != null && before.bond.stay() >= join.bond().stay()) {
            return;
        }
        if (join.ensembleId() != peer.founding.ensembleId()) {
            peer.disconnect(from, "peer " + from + " belongs to another ensemble");
            return;
        }
        if (before != null) {
            followers.remove(from);
        }
        if (join.decided().isAfter(peer.log.runEnd())
                || !join.decided().isAfter(peer.log.decided()) && isOfAnotherHistory(join)) {
            peer.disconnect(from, "peer " + from + " holds another history, decided up to " + join.decided());
            return;
        }
        FollowerProgress follower = new FollowerProgress(from, join, peer.log.runEnd(), peer.now);
        followers.put(from, follower);
        replication.begin(follower);
        advance();
    }

    private boolean isOfAnotherHistory(PaxosMessage.Join join) {
        return peer.log.history().chainAt(join.decided()).isPresent()
                && !peer.log.history().holds(join.decided(), join.chain());
    }

    /** Null for a message of another stay: a leftover. */
    private @Nullable FollowerProgress of(PeerId from, Bond bond) {
        FollowerProgress follower = followers.get(from);
        if (follower == null || !bond.equals(follower.bond)) {
            return null;
        }
        follower.heardAt = peer.now;
        return follower;
    }

    @Override
    public void onAccepted(PeerId from, PaxosMessage.Accepted accepted) {
        FollowerProgress follower = of(from, accepted.bond());
        if (follower == null) {
            return;
        }
        if (accepted.last().isAfter(follower.sent)) {
            drop(follower, "follower " + from + " accepted " + accepted.last() + ", sent was " + follower.sent);
            return;
        }
        follower.acked(accepted.last());
        advance();
    }

    @Override
    public void onPong(PeerId from, PaxosMessage.Pong pong) {
        FollowerProgress follower = of(from, pong.bond());
        if (follower != null) {
            follower.diskLow = pong.diskLow();
            pings.answered(follower, pong.round());
        }
    }

    @Override
    public void onNack(PeerId from, PaxosMessage.Nack nack) {
        peer.saw(nack.promised());
        if (nack.refused().equals(ballot)) {
            peer.look("peer " + from + " has promised " + nack.promised() + ", above " + ballot);
        }
    }

    @Override
    public void onProbe(PeerId from, PaxosMessage.Probe probe) {
        peer.send(from, new PaxosMessage.ProbeAnswer(probe.probe(), false, peer.log.promised()));
        peer.send(from, pings.heartbeat());
    }

    void requestReadIndex(long token) {
        pings.request(token);
    }

    // ---- what else happens

    @Override
    public void tick() {
        if (peer.log.stalledTicks() > peer.timing.diskStallTicks()) {
            peer.look("the disk has been stalled for " + peer.log.stalledTicks() + " ticks");
            return;
        }
        for (FollowerProgress follower : List.copyOf(followers.values())) {
            if (peer.now - follower.heardAt > peer.timing.syncTicks()) {
                drop(follower, "follower " + follower.id + " is silent");
            }
        }
        if (peer.now - Math.max(since, quorumHeardAt()) > peer.timing.syncTicks()) {
            peer.look("no word from a quorum of followers");
            return;
        }
        if (isHandingOver() && peer.now - handingOverSince > peer.timing.handOverTicksMax()) {
            peer.lookAfter(peer.later(), "handed over, though no follower holds everything");
            return;
        }
        if (serving && peer.isDiskLow() && othersHaveRoom()) {
            handOver();
        }
        pings.tick();
    }

    @Override
    public void endOfDrain() {
        pings.endOfDrain();
        for (FollowerProgress follower : List.copyOf(followers.values())) {
            replication.endOfDrain(follower);
        }
        handOverWhenPossible();
    }

    /** An admitted learner says so once its mark is durable; from then on it counts. */
    @Override
    public void introduced(PeerId from) {
        FollowerProgress follower = followers.get(from);
        if (follower != null && follower.admitSent && peer.founding.isVoter(from)) {
            follower.voter = true;
        }
    }

    @Override
    public void linkUp(PeerId other) {
        peer.send(other, pings.heartbeat());
    }

    @Override
    public void linkDown(PeerId other) {
        FollowerProgress follower = followers.get(other);
        if (follower != null) {
            forget(follower);
        }
    }

    // ---- the end in order (the peer stops, its disk is full): no proposals; one follower with everything; TakeOver

    private boolean isHandingOver() {
        return handingOverSince >= 0;
    }

    void handOver() {
        if (!isHandingOver()) {
            handingOverSince = peer.now;
            if (peer.ensemble.others().isEmpty()) {
                endHandOver(); // there is nobody to wait for
            }
        }
    }

    private void handOverWhenPossible() {
        if (!isHandingOver()) {
            return;
        }
        FollowerProgress successor = successor();
        if (successor != null) {
            peer.send(successor.id, new PaxosMessage.TakeOver(successor.bond));
            peer.lookAfter(
                    2L * peer.timing.electionTicks() + peer.later(), "asked peer " + successor.id + " to take over");
        }
    }

    /** One that has accepted and been told everything, with room on its disk if there is one. */
    private @Nullable FollowerProgress successor() {
        Zxid last = peer.log.runEnd();
        FollowerProgress found = null;
        for (FollowerProgress follower : followers.values()) {
            if (follower.voter
                    && follower.serves
                    && follower.acked.equals(last)
                    && follower.decidedSent.equals(last)
                    && (found == null || found.diskLow && !follower.diskLow)) {
                found = follower;
            }
        }
        return found;
    }

    /** Leadership ends, this way or another. */
    private void endHandOver() {
        if (isHandingOver()) {
            handingOverSince = -1;
            peer.emit(new Effect.HandOverDone());
        }
    }
}
