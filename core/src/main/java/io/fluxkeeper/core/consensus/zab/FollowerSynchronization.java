package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.History;
import io.fluxkeeper.core.consensus.Input;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Phase 2 at the follower: stages what the leader sends and makes it this peer's history as a whole. What cannot go on
 * is answered with the reason in words; null means it was taken.
 */
final class FollowerSynchronization {
    private final ZabPeer peer;
    private final PeerId leader;
    /** Null when nothing is being synchronised. */
    private @Nullable StagedSync stage;
    /** Came before the state it builds on was fetched. */
    private ZabMessage.@Nullable NewLeader waitingNewLeader;
    /** What the leader was last told; null when the beginning is still to be told. */
    private @Nullable Zxid receipt;

    FollowerSynchronization(ZabPeer peer, PeerId leader) {
        this.peer = peer;
        this.leader = leader;
    }

    private History history() {
        return peer.log.history();
    }

    boolean isUnderWay() {
        return stage != null;
    }

    boolean isFetching() {
        return stage != null && stage.isFetching();
    }

    @Nullable String begin(ZabMessage.Diff diff) {
        if (!diff.from().equals(peer.log.last()) || !history().holds(diff.from(), diff.chain())) {
            return "DIFF from " + diff.from() + " does not meet the history here, " + peer.log.last();
        }
        start(StagedSync.diff(diff.from(), diff.chain()));
        return null;
    }

    /** False when this peer cannot be cut to that entry; then the leader is told to what it could be. */
    boolean begin(ZabMessage.Trunc trunc) {
        if (history().holds(trunc.to(), trunc.chain()) && !peer.log.committed().isAfter(trunc.to())) {
            start(StagedSync.trunc(trunc.to(), trunc.chain()));
            return true;
        }
        refuse(trunc);
        return false;
    }

    /** Names the highest entry below that could be cut to: not below the state (R11), nor what is committed. */
    private void refuse(ZabMessage.Trunc trunc) {
        Zxid held = history().floor(trunc.to());
        OptionalLong chain = held == null ? OptionalLong.empty() : history().chainAt(held);
        boolean usable = held != null
                && chain.isPresent()
                && !held.equals(trunc.to())
                && !peer.log.committed().isAfter(held);
        peer.send(
                leader,
                new ZabMessage.TruncRefused(trunc.bond(), usable ? held : null, usable ? chain.getAsLong() : 0));
    }

    @Nullable String begin(ZabMessage.Snap snap) {
        if (peer.log.delivered().isAfter(snap.zxid())) {
            return "the state offered, at " + snap.zxid() + ", is older than the one here";
        }
        start(StagedSync.snap(snap));
        peer.emit(new Effect.FetchState(leader, peer.linkTo(leader), snap.transfer(), snap.zxid(), snap.digest()));
        return null;
    }

    private void start(StagedSync begun) {
        stage = begun;
        receipt = null;
    }

    @Nullable String take(Entry entry) {
        StagedSync staging = stage;
        if (staging == null) {
            return "PROPOSAL before DIFF, TRUNC or SNAP";
        }
        if (staging.holds(entry)) {
            return null;
        }
        if (!staging.add(entry)) {
            return "gap: " + entry + " does not continue " + staging.end();
        }
        return staging.bytes() > peer.limits.stageBytesMax()
                ? "synchronisation exceeds " + peer.limits.stageBytesMax() + " bytes"
                : null;
    }

    @Nullable String end(ZabMessage.NewLeader newLeader) {
        if (stage == null || !stage.endsAt(newLeader.last(), newLeader.chain())) {
            return "NEWLEADER at " + newLeader.last() + " does not meet what was received";
        }
        waitingNewLeader = newLeader;
        return null;
    }

    /** Once NEWLEADER and the state are there, the stage becomes history; null while they are not. */
    ZabMessage.@Nullable NewLeader adoptWhenComplete() {
        StagedSync complete = stage;
        ZabMessage.NewLeader newLeader = waitingNewLeader;
        if (complete == null || newLeader == null || complete.isFetching()) {
            return null;
        }
        peer.log.adopt(complete, newLeader.bond().epoch());
        peer.emit(new Effect.Synchronized(
                leader, complete.mode(), complete.begin(), complete.entries().size()));
        stage = null;
        waitingNewLeader = null;
        return newLeader;
    }

    /** Whether a state is fetched for this. */
    boolean awaits(long transfer) {
        return stage != null && stage.isFetching() && stage.isFor(transfer);
    }

    @Nullable String fetched(Input.StateFetched fetched) {
        StagedSync.State state = new StagedSync.State(
                fetched.transfer(), fetched.file(), fetched.zxid(), fetched.chain(), fetched.digest());
        return stage != null && stage.fetched(state)
                ? null
                : "the state fetched, at " + fetched.zxid() + ", is not the one announced";
    }

    /**
     * Tells the leader how much has arrived; at the beginning in any case, which for TRUNC is the consent that it
     * waits for. After NEWLEADER no more: it would let the leader send more than a window beyond it.
     */
    void sendReceipt(Bond bond) {
        if (stage != null
                && waitingNewLeader == null
                && (receipt == null || stage.end().isAfter(receipt))) {
            receipt = stage.end();
            peer.send(leader, new ZabMessage.SyncProgress(bond, receipt));
        }
    }

    /** Interrupted: the log is what it was, and a fetched file goes. */
    void drop() {
        StagedSync.State state = stage == null ? null : stage.state();
        if (state != null) {
            peer.emit(new Effect.DiscardState(state.transfer(), state.file()));
        }
        stage = null;
        waitingNewLeader = null;
    }
}
