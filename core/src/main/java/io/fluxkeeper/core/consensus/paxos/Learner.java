package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Input;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Learns what is decided: by a leader's word about what this peer accepted of it, by decided entries of another peer, by a
 * whole state. There in every role. What cannot be taken is answered with the reason in words; null means it was.
 */
final class Learner {
    private final PaxosPeer peer;
    /** The state being fetched; null when none is. */
    private PaxosMessage.@Nullable Snap fetching;

    private @Nullable PeerId giver;

    Learner(PaxosPeer peer) {
        this.peer = peer;
    }

    /** The leader, whose values were accepted here without a gap, says that they are chosen up to there. */
    @Nullable String decided(Ballot ballot, Zxid last, long chain) {
        if (last.isAfter(peer.log.runEnd())) {
            return "gap: decided up to " + last + ", but accepted up to " + peer.log.runEnd();
        }
        peer.log.decide(last, ballot);
        OptionalLong ours = peer.log.history().chainAt(last);
        Invariant.check(
                ours.isEmpty() || ours.getAsLong() == chain,
                "another value than the leader's is decided up to %s",
                last);
        return null;
    }

    /** Gives a candidate that was promised a ballot what it lacks: entries, or a state when they are forgotten. */
    void give(PeerId to, PaxosMessage.Fetch fetch) {
        peer.giving.release(to);
        if (peer.log.history().chainAt(fetch.after()).isPresent()) {
            List<Entry> entries = peer.log.history().after(fetch.after(), peer.limits.messageBytesMax());
            peer.send(to, new PaxosMessage.Learn(fetch.ballot(), entries));
        } else {
            peer.giving.give(to, new Bond(fetch.ballot(), 0));
        }
    }

    @Nullable String learn(List<Entry> entries) {
        Zxid end = peer.log.decided();
        long chain = peer.log.history().lastChain();
        for (Entry entry : entries) {
            if (!entry.zxid().follows(end) || !entry.isChainedTo(end, chain)) {
                return "gap: " + entry + " does not continue " + end;
            }
            end = entry.zxid();
            chain = entry.chain();
        }
        peer.log.learn(entries);
        return null;
    }

    // ---- a whole state

    @Nullable String fetch(PeerId from, PaxosMessage.Snap snap) {
        if (!snap.zxid().isAfter(peer.log.decided())) {
            return "the state offered, at " + snap.zxid() + ", is older than what is decided here";
        }
        drop();
        fetching = snap;
        giver = from;
        peer.emit(new Effect.FetchState(from, peer.linkTo(from), snap.transfer(), snap.zxid(), snap.digest()));
        return null;
    }

    boolean isFetching() {
        return fetching != null;
    }

    boolean awaits(long transfer) {
        return fetching != null && fetching.transfer() == transfer;
    }

    /** The state is here: it becomes this peer's own. */
    @Nullable String fetched(Input.StateFetched fetched) {
        PaxosMessage.Snap snap = fetching;
        PeerId from = giver;
        if (snap == null
                || from == null
                || !fetched.zxid().equals(snap.zxid())
                || fetched.chain() != snap.chain()
                || fetched.digest() != snap.digest()) {
            return "the state fetched, at " + fetched.zxid() + ", is not the one announced";
        }
        fetching = null;
        peer.log.install(new PaxosLog.State(
                fetched.transfer(), fetched.file(), fetched.zxid(), fetched.chain(), fetched.digest()));
        peer.emit(new Effect.Synchronized(from, Effect.SyncMode.SNAP, fetched.zxid(), 0));
        return null;
    }

    /** Interrupted: what is still being fetched will be thrown away when it comes. */
    void drop() {
        fetching = null;
    }
}
