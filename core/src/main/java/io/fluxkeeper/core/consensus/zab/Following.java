package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.History;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.Role;
import io.fluxkeeper.core.consensus.zab.ZabMessage.Vote;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A follower, from FOLLOWERINFO on; also a learner, whose word does not count yet. */
final class Following implements ZabRole {
    private final ZabPeer peer;
    private final PeerId leader;
    private final long join;
    /** The election round in which this leader was chosen: if it looks in a later one, it leads no more. */
    private final long electedRound;

    private Phase phase = Phase.DISCOVERY;
    /** Null until LEADERINFO. */
    private @Nullable Bond bond;
    /** Null when nothing is being synchronised. */
    private @Nullable StagedSync stage;
    /** Came before the state it builds on was fetched. */
    private ZabMessage.@Nullable NewLeader waitingNewLeader;

    private long heardAt;
    private long progressAt;
    private long sentAt;
    /** What the leader was last told: a receipt while staging, an acknowledgement afterwards. */
    private Zxid reported = Zxid.ZERO;

    private boolean receiptDue;
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
        SERVING
    }

    Following(ZabPeer peer, PeerId leader) {
        this.peer = peer;
        this.leader = leader;
        this.join = peer.nextJoin();
        this.electedRound = peer.round;
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
        dropStage();
    }

    private void dropStage() {
        StagedSync.State fetched = stage == null ? null : stage.state();
        if (fetched != null) {
            peer.emit(new Effect.DiscardState(fetched.transfer(), fetched.file()));
        }
        stage = null;
        waitingNewLeader = null;
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

    /** Whether a message belongs to this stay with this leader; anything else is a leftover. */
    private boolean isOurs(PeerId from, Bond theirs) {
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
            if (!diff.from().equals(peer.log.last()) || !peer.log.history().holds(diff.from(), diff.chain())) {
                giveUp("DIFF from " + diff.from() + " does not meet the history here, " + peer.log.last());
                return;
            }
            startStage(StagedSync.after(diff.from(), diff.chain()));
        }
    }

    @Override
    public void onTrunc(PeerId from, ZabMessage.Trunc trunc) {
        if (!isOurs(from, trunc.bond()) || !expects(Phase.EPOCH_ACKED, "TRUNC")) {
            return;
        }
        if (peer.log.history().holds(trunc.to(), trunc.chain())
                && !peer.log.committed().isAfter(trunc.to())) {
            startStage(StagedSync.after(trunc.to(), trunc.chain()));
            return;
        }
        progressAt = peer.now;
        refuseTrunc(trunc);
    }

    /** Names the highest entry below that could be cut to: not below the state (R11), nor what is committed. */
    private void refuseTrunc(ZabMessage.Trunc trunc) {
        Zxid held = peer.log.history().floor(trunc.to());
        OptionalLong chain =
                held == null ? OptionalLong.empty() : peer.log.history().chainAt(held);
        boolean usable = held != null
                && chain.isPresent()
                && !held.equals(trunc.to())
                && !peer.log.committed().isAfter(held);
        peer.send(
                leader,
                new ZabMessage.TruncRefused(trunc.bond(), usable ? held : null, usable ? chain.getAsLong() : 0));
    }

    @Override
    public void onSnap(PeerId from, ZabMessage.Snap snap) {
        if (isOurs(from, snap.bond()) && expects(Phase.EPOCH_ACKED, "SNAP")) {
            if (peer.log.delivered().isAfter(snap.zxid())) {
                giveUp("the state offered, at " + snap.zxid() + ", is older than the one here");
                return;
            }
            startStage(StagedSync.afterState(snap));
            peer.emit(new Effect.FetchState(leader, peer.linkTo(leader), snap.transfer(), snap.zxid(), snap.digest()));
        }
    }

    private void startStage(StagedSync begun) {
        stage = begun;
        // Reported as a receipt at the end of the drain: for TRUNC it is the consent that the leader waits for.
        receiptDue = true;
        enter(Phase.STAGING);
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

    @Override
    public void onProposals(PeerId from, ZabMessage.Proposals proposals) {
        if (!isOurs(from, proposals.bond())) {
            return;
        }
        StagedSync staging = stage;
        for (Entry entry : proposals.entries()) {
            boolean taken = staging != null ? stageEntry(staging, entry) : logEntry(entry);
            if (!taken) {
                return;
            }
        }
        progressAt = peer.now;
    }

    private boolean stageEntry(StagedSync staging, Entry entry) {
        if (staging.holds(entry)) {
            return true;
        }
        if (!staging.add(entry)) {
            giveUp("gap: " + entry + " does not continue " + staging.end());
            return false;
        }
        if (staging.bytes() > peer.limits.stageBytesMax()) {
            giveUp("synchronisation exceeds " + peer.limits.stageBytesMax() + " bytes");
            return false;
        }
        return true;
    }

    /** 1.5: the next entry is taken, an exact duplicate is acknowledged again, anything else is a gap. */
    private boolean logEntry(Entry entry) {
        History history = peer.log.history();
        if (phase != Phase.SYNCED && phase != Phase.SERVING) {
            giveUp("PROPOSAL in phase " + phase);
            return false;
        }
        if (history.holds(entry.zxid(), entry.chain())) {
            reported = Zxid.ZERO;
            return true;
        }
        if (!entry.zxid().follows(history.last()) || !entry.isChainedTo(history.last(), history.lastChain())) {
            giveUp("gap: " + entry + " does not continue " + history.last());
            return false;
        }
        peer.log.append(entry);
        return true;
    }

    @Override
    public void onNewLeader(PeerId from, ZabMessage.NewLeader newLeader) {
        if (!isOurs(from, newLeader.bond()) || !expects(Phase.STAGING, "NEWLEADER")) {
            return;
        }
        if (stage == null || !stage.endsAt(newLeader.last(), newLeader.chain())) {
            giveUp("NEWLEADER at " + newLeader.last() + " does not meet what was received");
            return;
        }
        progressAt = peer.now;
        waitingNewLeader = newLeader;
        adoptWhenComplete();
    }

    private void adoptWhenComplete() {
        StagedSync complete = stage;
        ZabMessage.NewLeader newLeader = waitingNewLeader;
        if (complete == null || newLeader == null || complete.isFetching()) {
            return;
        }
        peer.log.adopt(complete, newLeader.bond().epoch());
        stage = null;
        waitingNewLeader = null;
        enter(Phase.SYNCED);
        reported = newLeader.last();
        peer.send(leader, new ZabMessage.AckNewLeader(newLeader.bond(), newLeader.last()));
    }

    /** Whether the state was for this synchronisation; if not, its file is to be thrown away. */
    boolean onStateFetched(Input.StateFetched fetched) {
        StagedSync staging = stage;
        if (staging == null || !staging.isFor(fetched.transfer()) || !staging.isFetching()) {
            return false;
        }
        StagedSync.State state = new StagedSync.State(
                fetched.transfer(), fetched.file(), fetched.zxid(), fetched.chain(), fetched.digest());
        if (!staging.fetched(state)) {
            giveUp("the state fetched, at " + fetched.zxid() + ", is not the one announced");
            return false;
        }
        progressAt = peer.now;
        adoptWhenComplete();
        return true;
    }

    void onStateFetchFailed(Input.StateFetchFailed failed) {
        if (stage != null && stage.isFor(failed.transfer())) {
            giveUp("the state could not be fetched: " + failed.reason());
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
        if (isOurs(from, ping.bond())) {
            peer.sendNow(leader, new ZabMessage.Pong(ping.bond(), ping.round()));
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
            peer.look("leader " + leader + " leads no more");
        } else if (theirs.role() == Role.LOOKING) {
            peer.send(from, vote());
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
        boolean synced = phase == Phase.SYNCED || phase == Phase.SERVING;
        if (synced && peer.now - heardAt > peer.timing.syncTicks()) {
            peer.look("no word from leader " + leader);
        } else if (!synced && peer.now - progressAt > progressTicks()) {
            giveUp("no progress with leader " + leader + " in phase " + phase);
        }
    }

    private int progressTicks() {
        return stage != null && stage.isFetching() ? peer.timing.stateTransferTicksMax() : peer.timing.initTicks();
    }

    @Override
    public void endOfDrain() {
        Bond mine = bond;
        if (mine == null) {
            return;
        }
        if (stage != null) {
            // After NEWLEADER no receipts: they would let the leader send more than a window beyond it.
            if (waitingNewLeader == null && (receiptDue || stage.end().isAfter(reported))) {
                receiptDue = false;
                reported = stage.end();
                peer.send(leader, new ZabMessage.SyncProgress(mine, reported));
            }
        } else if (phase == Phase.SYNCED || phase == Phase.SERVING) {
            commitWhatArrived();
            if (peer.log.last().isAfter(reported)) {
                reported = peer.log.last();
                peer.send(leader, new ZabMessage.Ack(mine, reported));
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
