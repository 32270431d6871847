package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.Role;
import io.fluxkeeper.core.consensus.zab.ZabMessage.Vote;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Phase 0, fast leader election. An oracle only: discovery decides whether whom it names can lead.
 *
 * <p>A peer that may not vote only asks, and follows the leader that a quorum already has.
 */
final class Looking implements ZabRole {
    private final ZabPeer peer;
    /** Whom this peer votes for until it hears of a better one; after a hand-over not itself. */
    private PeerId firstChoice;

    /** LOOKING peers' votes of this round. */
    private final TreeMap<PeerId, Candidate> votes = new TreeMap<>();
    /** What settled peers said. */
    private final TreeMap<PeerId, Vote> settled = new TreeMap<>();
    /** Followers that elected this peer before it knew: they wait for it to lead. */
    private final TreeMap<PeerId, ZabMessage.FollowerInfo> waiting = new TreeMap<>();

    /** Null while this peer may not vote. */
    private @Nullable Candidate vote;

    private long roundSince;
    private long sentAt;
    /** Since when a quorum agrees while a reachable voter does not; -1 when no quorum does. */
    private long quorumSince = -1;

    /** @param favour whom to vote for at first, after a hand-over; null for oneself */
    Looking(ZabPeer peer, @Nullable PeerId favour) {
        this.peer = peer;
        firstChoice = favour == null ? peer.self() : favour;
    }

    @Override
    public Role role() {
        return Role.LOOKING;
    }

    @Override
    public @Nullable PeerId leader() {
        return null;
    }

    @Override
    public boolean isServing() {
        return false;
    }

    @Override
    public Vote vote() {
        return new Vote(Role.LOOKING, peer.round, vote);
    }

    Map<PeerId, ZabMessage.FollowerInfo> waiting() {
        return Collections.unmodifiableMap(waiting);
    }

    @Override
    public void enter() {
        startRound(firstChoice);
    }

    @Override
    public void leave() {}

    private void startRound(PeerId first) {
        peer.round++;
        firstChoice = first;
        votes.clear();
        vote = peer.founding.isVoter() ? candidate(first) : null;
        roundSince = peer.now;
        quorumSince = -1;
        tellAll();
        decide();
    }

    private Candidate candidate(PeerId id) {
        return new Candidate(peer.log.currentEpoch(), peer.log.last(), id);
    }

    private void tellAll() {
        sentAt = peer.now;
        peer.sendToAll(vote());
    }

    @Override
    public void onVote(PeerId from, Vote theirs) {
        if (theirs.role() != Role.LOOKING) {
            votes.remove(from);
            settled.put(from, theirs);
            if (!joinSettled(theirs)) {
                decide();
            }
            return;
        }
        settled.remove(from);
        Candidate candidate = theirs.candidate();
        if (vote == null || candidate == null || !isMember(candidate)) {
            return;
        }
        if (theirs.round() < peer.round) {
            peer.send(from, vote());
            return;
        }
        if (theirs.round() > peer.round) {
            adoptRound(theirs.round(), candidate);
        } else if (candidate.compareTo(vote) > 0) {
            adopt(candidate);
        } else if (candidate.compareTo(vote) < 0) {
            // The better vote may have reached its sender before it looked, and been dropped: without this answer it
            // would wait for the next resend.
            peer.send(from, vote());
        }
        votes.put(from, candidate);
        decide();
    }

    private boolean isMember(Candidate candidate) {
        return peer.ensemble.peers().contains(candidate.id());
    }

    private void adoptRound(long round, Candidate candidate) {
        peer.round = round;
        roundSince = peer.now;
        votes.clear();
        Candidate own = candidate(firstChoice);
        adopt(candidate.compareTo(own) > 0 ? candidate : own);
    }

    private void adopt(Candidate better) {
        vote = better;
        quorumSince = -1;
        tellAll();
    }

    /** Ends the election when a quorum agrees, at once if no reachable voter disagrees. */
    private void decide() {
        Candidate mine = vote;
        if (mine == null) {
            return;
        }
        Set<PeerId> agreeing = new TreeSet<>();
        agreeing.add(peer.self());
        votes.forEach((id, candidate) -> {
            if (candidate.equals(mine)) {
                agreeing.add(id);
            }
        });
        settled.forEach((id, said) -> {
            if (peer.founding.isVoter(id) && stillVotesFor(mine.id(), said)) {
                agreeing.add(id);
            }
        });
        if (!peer.ensemble.isQuorum(agreeing)) {
            quorumSince = -1;
            return;
        }
        if (quorumSince < 0) {
            quorumSince = peer.now;
        }
        if (!agreeing.containsAll(reachableVoters()) && peer.now - quorumSince < peer.timing.finalizeTicks()) {
            return;
        }
        if (mine.id().equals(peer.self())) {
            peer.lead();
        } else if (peer.linkTo(mine.id()) != 0) {
            peer.follow(mine.id());
        }
    }

    /** Whoever was quick to follow in this round has voted in it, and goes on waiting for that leader. */
    private boolean stillVotesFor(PeerId id, Vote said) {
        Candidate candidate = said.candidate();
        return said.role() == Role.FOLLOWING
                && said.round() == peer.round
                && candidate != null
                && candidate.id().equals(id);
    }

    private Set<PeerId> reachableVoters() {
        Set<PeerId> reachable = new TreeSet<>(peer.linked());
        reachable.removeIf(id -> !peer.founding.isVoter(id));
        return reachable;
    }

    /** Joins a leader that leads already, by its own word and that of a quorum. @return whether it did */
    private boolean joinSettled(Vote theirs) {
        Candidate candidate = theirs.candidate();
        if (candidate == null || !mayFollow()) {
            return false;
        }
        PeerId leader = candidate.id();
        Vote leadersOwn = settled.get(leader);
        if (leadersOwn == null || leadersOwn.role() != Role.LEADING || peer.linkTo(leader) == 0) {
            return false;
        }
        Set<PeerId> agreeing = new TreeSet<>();
        settled.forEach((id, said) -> {
            if (said.candidate() != null && said.candidate().id().equals(leader)) {
                agreeing.add(id);
            }
        });
        if (peer.founding.isVoter()) {
            agreeing.add(peer.self());
        }
        if (peer.ensemble.isQuorum(agreeing)) {
            // The leader's round, so that its next LOOKING is recognised as newer than the one it settled in.
            peer.round = leadersOwn.round();
            peer.follow(leader);
            return true;
        }
        return false;
    }

    private boolean mayFollow() {
        return peer.founding.isVoter() || peer.founding.membership() == Membership.LEARNER;
    }

    @Override
    public void onFollowerInfo(PeerId from, ZabMessage.FollowerInfo info) {
        waiting.put(from, info);
    }

    @Override
    public void tick() {
        if (peer.now - roundSince >= peer.timing.initTicks()) {
            startRound(peer.self());
            return;
        }
        if (peer.now - sentAt >= peer.timing.resendTicks()) {
            tellAll();
        }
        decide();
    }

    @Override
    public void introduced(PeerId from) {
        if (vote == null && peer.founding.isVoter()) {
            startRound(peer.self());
        } else {
            decide();
        }
    }

    @Override
    public void linkDown(PeerId other) {
        votes.remove(other);
        settled.remove(other);
        waiting.remove(other);
        // The votes for it that still go round would elect a peer that is gone.
        if (vote != null && vote.id().equals(other)) {
            startRound(peer.self());
        } else {
            decide();
        }
    }

    @Override
    public void persisted() {}

    @Override
    public void endOfDrain() {}

    // What follows belongs to a leadership that this peer has left, or that has left it: leftovers, dropped.

    @Override
    public void onLeaderInfo(PeerId from, ZabMessage.LeaderInfo info) {}

    @Override
    public void onAckEpoch(PeerId from, ZabMessage.AckEpoch ack) {}

    @Override
    public void onDiff(PeerId from, ZabMessage.Diff diff) {}

    @Override
    public void onTrunc(PeerId from, ZabMessage.Trunc trunc) {}

    @Override
    public void onTruncRefused(PeerId from, ZabMessage.TruncRefused refused) {}

    @Override
    public void onSnap(PeerId from, ZabMessage.Snap snap) {}

    @Override
    public void onSyncProgress(PeerId from, ZabMessage.SyncProgress progress) {}

    @Override
    public void onNewLeader(PeerId from, ZabMessage.NewLeader newLeader) {}

    @Override
    public void onAckNewLeader(PeerId from, ZabMessage.AckNewLeader ack) {}

    @Override
    public void onUpToDate(PeerId from, ZabMessage.UpToDate upToDate) {}

    @Override
    public void onProposals(PeerId from, ZabMessage.Proposals proposals) {}

    @Override
    public void onAck(PeerId from, ZabMessage.Ack ack) {}

    @Override
    public void onCommit(PeerId from, ZabMessage.Commit commit) {}

    @Override
    public void onPing(PeerId from, ZabMessage.Ping ping) {}

    @Override
    public void onPong(PeerId from, ZabMessage.Pong pong) {}

    @Override
    public void onAdmit(PeerId from, ZabMessage.Admit admit) {}

    @Override
    public void onTakeOver(PeerId from, ZabMessage.TakeOver takeOver) {}
}
