package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.History;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.Role;
import io.fluxkeeper.core.consensus.zab.ZabMessage.Vote;
import org.jspecify.annotations.Nullable;

/** A follower, from FOLLOWERINFO on; also a learner, whose word does not count yet. */
final class Following implements ZabRole {
    private final ZabPeer peer;
    private final PeerId leader;
    private final long join;
    /** The election round in which this leader was chosen: if it looks in a later one, it leads no more. */
    private final long electedRound;

    private final FollowerSynchronization synchronization;

    private Phase phase = Phase.DISCOVERY;
    /** Null until LEADERINFO. */
    private @Nullable Bond bond;

    /** Why it rests; empty while it does not. */
    private String restReason = "";

    private long heardAt;
    private long progressAt;
    private long sentAt;
    /** What the leader was last told to be durable here. */
    private Zxid acknowledged = Zxid.ZERO;
    /** What the leader said is committed; may be more than has arrived here. */
    private Zxid leaderCommitted = Zxid.ZERO;

    private enum Phase {
        /** FOLLOWERINFO sent. */
        DISCOVERY,
        /** ACKEPOCH sent; the leader decides how to synchronise. */
        EPOCH_ACKED,
        /** History is being received. */
        STAGING,
        /** NEWLEADER taken: history and epoch are in the journal. */
        SYNCED,
        /** UPTODATE received. */
        SERVING,
        /** It cannot go on now, nor could it in a moment; it will begin anew. */
        RESTING
    }

    Following(ZabPeer peer, PeerId leader) {
        this.peer = peer;
        this.leader = leader;
        this.join = peer.nextJoin();
        this.electedRound = peer.round;
        synchronization = new FollowerSynchronization(peer, leader);
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
    public boolean isServing() {
        return phase == Phase.SERVING;
    }

    @Override
    public Vote vote() {
        return new Vote(Role.FOLLOWING, electedRound, new Candidate(peer.log.currentEpoch(), peer.log.last(), leader));
    }

    @Override
    public void enter() {
        heardAt = peer.now;
        progressAt = peer.now;
        sendFollowerInfo();
        peer.sendToAll(vote());
    }

    private void sendFollowerInfo() {
        sentAt = peer.now;
        peer.send(
                leader,
                new ZabMessage.FollowerInfo(
                        peer.founding.ensembleId(), join, peer.log.acceptedEpoch(), peer.founding.isVoter()));
    }

    @Override
    public void leave() {
        synchronization.drop();
    }

    // ---- discovery (1.3)

    @Override
    public void onLeaderInfo(PeerId from, ZabMessage.LeaderInfo info) {
        long epoch = info.bond().epoch();
        if (!from.equals(leader) || info.bond().join() != join) {
            return;
        }
        if (phase != Phase.DISCOVERY) {
            peer.look("leader " + leader + " began epoch " + epoch + " anew");
            return;
        }
        if (epoch < peer.log.acceptedEpoch()) {
            peer.look("leader " + leader + " proposes epoch " + epoch + ", but " + peer.log.acceptedEpoch()
                    + " is promised");
            return;
        }
        // An epoch number promised before may have been promised to somebody else: then it must not count again.
        boolean counts = epoch > peer.log.acceptedEpoch();
        if (counts) {
            peer.log.promise(epoch);
        }
        peer.sawEpoch(epoch);
        bond = info.bond();
        heard();
        enter(Phase.EPOCH_ACKED);
        History history = peer.log.history();
        peer.send(
                leader,
                new ZabMessage.AckEpoch(
                        info.bond(), counts, peer.log.currentEpoch(), history.last(), history.lastChain()));
    }

    private void enter(Phase next) {
        phase = next;
        progressAt = peer.now;
    }

    private void heard() {
        heardAt = peer.now;
    }

    /** Whether a message belongs to this stay with this leader, and the stay goes on; anything else is a leftover. */
    private boolean isOurs(PeerId from, Bond theirs) {
        return isLeaders(from, theirs) && phase != Phase.RESTING;
    }

    private boolean isLeaders(PeerId from, Bond theirs) {
        if (!from.equals(leader) || !theirs.equals(bond)) {
            return false;
        }
        heard();
        return true;
    }

    // ---- synchronisation (1.4)

    @Override
    public void onDiff(PeerId from, ZabMessage.Diff diff) {
        if (isOurs(from, diff.bond()) && expects(Phase.EPOCH_ACKED, "DIFF")) {
            stageOrGiveUp(synchronization.begin(diff));
        }
    }

    @Override
    public void onTrunc(PeerId from, ZabMessage.Trunc trunc) {
        if (isOurs(from, trunc.bond()) && expects(Phase.EPOCH_ACKED, "TRUNC")) {
            enter(synchronization.begin(trunc) ? Phase.STAGING : Phase.EPOCH_ACKED);
        }
    }

    @Override
    public void onSnap(PeerId from, ZabMessage.Snap snap) {
        if (isOurs(from, snap.bond()) && expects(Phase.EPOCH_ACKED, "SNAP")) {
            if (restsForWantOfRoom()) {
                return;
            }
            stageOrGiveUp(synchronization.begin(snap));
        }
    }

    private void stageOrGiveUp(@Nullable String refusal) {
        if (refusal == null) {
            enter(Phase.STAGING);
        } else {
            giveUp(refusal);
        }
    }

    /** False, after ending this stay, when the message makes no sense now. */
    private boolean expects(Phase expected, String name) {
        if (phase != expected) {
            giveUp(name + " in phase " + phase);
            return false;
        }
        return true;
    }

    private void giveUp(String reason) {
        peer.disconnect(leader, reason);
        peer.look(reason);
    }

    private boolean restsForWantOfRoom() {
        String refusal = peer.refusalForWantOfRoom();
        if (refusal != null) {
            rest(refusal);
        }
        return refusal != null;
    }

    /** For what would fail again at once. Until it gives up it answers pings, so that nobody takes it for dead. */
    private void rest(String reason) {
        synchronization.drop();
        restReason = reason;
        enter(Phase.RESTING);
    }

    @Override
    public void onProposals(PeerId from, ZabMessage.Proposals proposals) {
        if (!isOurs(from, proposals.bond())) {
            return;
        }
        if (restsForWantOfRoom()) {
            return;
        }
        for (Entry entry : proposals.entries()) {
            String refusal = isSynced() ? append(entry) : synchronization.take(entry);
            if (refusal != null) {
                giveUp(refusal);
                return;
            }
        }
        progressAt = peer.now;
    }

    private boolean isSynced() {
        return phase == Phase.SYNCED || phase == Phase.SERVING;
    }

    /** 1.5: the next entry is taken, an exact duplicate is acknowledged again, anything else is a gap. */
    private @Nullable String append(Entry entry) {
        History history = peer.log.history();
        if (history.holds(entry.zxid(), entry.chain())) {
            acknowledged = Zxid.ZERO;
            return null;
        }
        if (!entry.zxid().follows(history.last()) || !entry.isChainedTo(history.last(), history.lastChain())) {
            return "gap: " + entry + " does not continue " + history.last();
        }
        peer.log.append(entry);
        return null;
    }

    @Override
    public void onNewLeader(PeerId from, ZabMessage.NewLeader newLeader) {
        if (!isOurs(from, newLeader.bond()) || !expects(Phase.STAGING, "NEWLEADER")) {
            return;
        }
        String refusal = synchronization.end(newLeader);
        if (refusal == null) {
            progressAt = peer.now;
            adoptWhenComplete();
        } else {
            giveUp(refusal);
        }
    }

    private void adoptWhenComplete() {
        ZabMessage.NewLeader adopted = synchronization.adoptWhenComplete();
        if (adopted != null) {
            enter(Phase.SYNCED);
            acknowledged = adopted.last();
            peer.send(leader, new ZabMessage.AckNewLeader(adopted.bond(), adopted.last()));
        }
    }

    /** Whether the state was for this synchronisation; if not, its file is to be thrown away. */
    boolean onStateFetched(Input.StateFetched fetched) {
        if (!synchronization.awaits(fetched.transfer())) {
            return false;
        }
        String refusal = synchronization.fetched(fetched);
        if (refusal != null) {
            giveUp(refusal);
            return false;
        }
        progressAt = peer.now;
        adoptWhenComplete();
        return true;
    }

    void onStateFetchFailed(Input.StateFetchFailed failed) {
        if (synchronization.awaits(failed.transfer())) {
            rest("the state could not be fetched: " + failed.reason());
        }
    }

    // ---- broadcast (1.5)

    @Override
    public void onUpToDate(PeerId from, ZabMessage.UpToDate upToDate) {
        if (isOurs(from, upToDate.bond()) && expects(Phase.SYNCED, "UPTODATE")) {
            enter(Phase.SERVING);
            commit(upToDate.committed());
        }
    }

    @Override
    public void onCommit(PeerId from, ZabMessage.Commit commit) {
        if (!isOurs(from, commit.bond()) || !expects(Phase.SERVING, "COMMIT")) {
            return;
        }
        // It comes behind what it commits, by the same lane.
        if (commit.last().isAfter(peer.log.last())) {
            giveUp("gap: COMMIT of " + commit.last() + " after " + peer.log.last());
            return;
        }
        commit(commit.last());
    }

    /** UPTODATE may tell of commits whose entries are still on their way. */
    private void commit(Zxid committed) {
        leaderCommitted = Zxid.max(leaderCommitted, committed);
        peer.log.commit(Zxid.min(leaderCommitted, peer.log.last()));
    }

    @Override
    public void onPing(PeerId from, ZabMessage.Ping ping) {
        if (isLeaders(from, ping.bond())) {
            peer.sendNow(leader, new ZabMessage.Pong(ping.bond(), ping.round(), peer.isDiskLow()));
        }
    }

    @Override
    public void onAdmit(PeerId from, ZabMessage.Admit admit) {
        if (isOurs(from, admit.bond()) && expects(Phase.SERVING, "ADMIT")) {
            peer.founding.admitted(peer);
        }
    }

    @Override
    public void onTakeOver(PeerId from, ZabMessage.TakeOver takeOver) {
        if (isOurs(from, takeOver.bond())) {
            peer.look("leader " + leader + " hands over");
        }
    }

    // ---- what else happens

    @Override
    public void onVote(PeerId from, Vote theirs) {
        if (from.equals(leader) && hasLeft(theirs)) {
            leaderLeft(theirs.candidate());
        } else if (theirs.role() == Role.LOOKING) {
            peer.send(from, vote());
        }
    }

    /** A peer without room on its disk votes as the leader does that handed over: that one has everything, and room. */
    private void leaderLeft(@Nullable Candidate favoured) {
        String note = "leader " + leader + " leads no more";
        if (peer.isDiskLow() && favoured != null) {
            peer.lookAndFavour(favoured.id(), note);
        } else {
            peer.look(note);
        }
    }

    private boolean hasLeft(Vote leaders) {
        return switch (leaders.role()) {
            case LEADING -> false;
            case LOOKING -> leaders.round() > electedRound;
            case FOLLOWING -> leaders.round() >= electedRound;
        };
    }

    @Override
    public void tick() {
        if (phase == Phase.DISCOVERY && peer.now - sentAt >= peer.timing.resendTicks()) {
            sendFollowerInfo();
        }
        if (phase == Phase.RESTING) {
            if (peer.now - progressAt >= peer.timing.restTicks()) {
                giveUp(restReason);
            }
        } else if (isSynced() && peer.now - heardAt > peer.timing.syncTicks()) {
            peer.look("no word from leader " + leader);
        } else if (!isSynced() && peer.now - progressAt > progressTicks()) {
            giveUp("no progress with leader " + leader + " in phase " + phase);
        }
    }

    private int progressTicks() {
        return synchronization.isFetching() ? peer.timing.stateTransferTicksMax() : peer.timing.initTicks();
    }

    @Override
    public void endOfDrain() {
        Bond mine = bond;
        if (mine == null) {
            return;
        }
        synchronization.sendReceipt(mine);
        if (isSynced()) {
            commitWhatArrived();
            if (peer.log.last().isAfter(acknowledged)) {
                acknowledged = peer.log.last();
                peer.send(leader, new ZabMessage.Ack(mine, acknowledged));
            }
        }
    }

    private void commitWhatArrived() {
        Zxid known = Zxid.min(leaderCommitted, peer.log.last());
        if (known.isAfter(peer.log.committed())) {
            peer.log.commit(known);
        }
    }

    @Override
    public void linkDown(PeerId other) {
        if (other.equals(leader)) {
            peer.look("the link to leader " + leader + " is down");
        }
    }

    @Override
    public void introduced(PeerId other) {}

    @Override
    public void persisted() {}

    // What follows is said to a leader, which this peer is not, or is no more.

    @Override
    public void onFollowerInfo(PeerId from, ZabMessage.FollowerInfo info) {}

    @Override
    public void onAckEpoch(PeerId from, ZabMessage.AckEpoch ack) {}

    @Override
    public void onTruncRefused(PeerId from, ZabMessage.TruncRefused refused) {}

    @Override
    public void onSyncProgress(PeerId from, ZabMessage.SyncProgress progress) {}

    @Override
    public void onAckNewLeader(PeerId from, ZabMessage.AckNewLeader ack) {}

    @Override
    public void onAck(PeerId from, ZabMessage.Ack ack) {}

    @Override
    public void onPong(PeerId from, ZabMessage.Pong pong) {}
}
