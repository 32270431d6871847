package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.History;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.zab.FollowerProgress.Phase;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Phase 2 at the leader: brings each follower's history to its own, by DIFF, TRUNC or SNAP (1.4), and NEWLEADER behind
 * it; after that the same cursor sends it every proposal.
 */
final class Synchronization {
    private final ZabPeer peer;
    private final Leading leading;
    private long transfers;

    Synchronization(ZabPeer peer, Leading leading) {
        this.peer = peer;
        this.leading = leading;
    }

    private History history() {
        return peer.log.history();
    }

    /** Decides how to go on from where the follower's history ends. */
    void begin(FollowerProgress follower) {
        Zxid common = commonWith(follower.last, follower.lastChain);
        if (common == null || history().bytesAfter(common) > peer.limits.diffBytesMax()) {
            orderState(follower);
        } else if (common.equals(follower.last)) {
            peer.sendNow(follower.id, new ZabMessage.Diff(leading.bondOf(follower), common, follower.lastChain));
            startAt(follower, common);
        } else {
            long chain = history().chainAt(common).getAsLong();
            peer.sendNow(follower.id, new ZabMessage.Trunc(leading.bondOf(follower), common, chain));
            follower.sent = common;
            follower.phase = Phase.TRUNC_OFFERED;
        }
    }

    /**
     * Where both histories may be one: the follower's last entry, or the highest one here below it, which the follower
     * has to confirm. Null when only the state can help: it is further behind than what is kept, or holds something
     * else under the same zxid, which is damage.
     */
    private @Nullable Zxid commonWith(Zxid last, long chain) {
        OptionalLong here = history().chainAt(last);
        if (here.isPresent()) {
            return here.getAsLong() == chain ? last : null;
        }
        return history().floor(last);
    }

    /** Entries go out from here on, up to the end of history as it is now, and NEWLEADER behind them. */
    private void startAt(FollowerProgress follower, Zxid position) {
        follower.startAt(position);
        follower.target = peer.log.last();
        follower.phase = Phase.SYNCING;
    }

    /** The follower does not hold what it was to be cut to, and says what it holds: try from there. */
    void truncRefused(FollowerProgress follower, ZabMessage.TruncRefused refused) {
        if (follower.phase != Phase.TRUNC_OFFERED) {
            return;
        }
        Zxid held = refused.held();
        if (held == null || held.compareTo(follower.sent) >= 0) {
            orderState(follower);
            return;
        }
        follower.last = held;
        follower.lastChain = refused.chain();
        Zxid common = commonWith(held, refused.chain());
        if (common == null || history().bytesAfter(common) > peer.limits.diffBytesMax()) {
            orderState(follower);
            return;
        }
        long chain = history().chainAt(common).getAsLong();
        peer.sendNow(follower.id, new ZabMessage.Trunc(leading.bondOf(follower), common, chain));
        follower.sent = common;
    }

    /** A receipt: the window moves. To an offered TRUNC it is the consent. */
    void progress(FollowerProgress follower, Zxid received) {
        if (follower.phase == Phase.TRUNC_OFFERED && received.equals(follower.sent)) {
            startAt(follower, received);
        } else if (follower.receivesEntries() && !received.isAfter(follower.sent)) {
            follower.received(received);
        }
    }

    // ---- the state

    private void orderState(FollowerProgress follower) {
        // Unique in the ensemble: only one leader comes as far as this in an epoch.
        follower.transfer = Zxid.of(leading.epoch(), ++transfers).value();
        follower.transferSince = peer.now;
        follower.phase = Phase.STATE_ORDERED;
        peer.log.pin(follower.transfer, history().base());
        peer.emit(new Effect.OfferState(follower.id, peer.linkTo(follower.id), follower.transfer));
    }

    void statePinned(Input.StatePinned pinned) {
        FollowerProgress follower = byTransfer(pinned.transfer());
        if (follower == null || follower.phase != Phase.STATE_ORDERED) {
            peer.emit(new Effect.ReleaseState(pinned.transfer()));
            return;
        }
        if (!history().holds(pinned.zxid(), pinned.chain())) {
            leading.drop(follower, "the state pinned at " + pinned.zxid() + " does not meet the history");
            return;
        }
        peer.log.pin(follower.transfer, pinned.zxid());
        peer.sendNow(
                follower.id,
                new ZabMessage.Snap(
                        leading.bondOf(follower), pinned.transfer(), pinned.zxid(), pinned.chain(), pinned.digest()));
        startAt(follower, pinned.zxid());
    }

    /** The host's pin is gone; the history after it stays until the follower has acknowledged NEWLEADER. */
    void stateReleased(long transfer) {
        FollowerProgress follower = byTransfer(transfer);
        if (follower != null && follower.phase == Phase.STATE_ORDERED) {
            leading.drop(follower, "the state could not be pinned");
        }
    }

    /** Gives up what is held for a follower's transfer, if there is one. */
    void release(FollowerProgress follower) {
        if (follower.transfer != 0) {
            peer.log.unpin(follower.transfer);
            peer.emit(new Effect.ReleaseState(follower.transfer));
            follower.transfer = 0;
        }
    }

    private @Nullable FollowerProgress byTransfer(long transfer) {
        for (FollowerProgress follower : leading.followers()) {
            if (follower.transfer == transfer) {
                return follower;
            }
        }
        return null;
    }

    boolean isTransferring() {
        for (FollowerProgress follower : leading.followers()) {
            if (follower.transfer != 0 && follower.voter) {
                return true;
            }
        }
        return false;
    }

    void tick() {
        for (FollowerProgress follower : List.copyOf(leading.followers())) {
            if (follower.transfer != 0) {
                limit(follower);
            }
        }
    }

    private void limit(FollowerProgress follower) {
        if (peer.now - follower.transferSince > peer.timing.stateTransferTicksMax()) {
            leading.drop(follower, "the state transfer takes too long");
        } else if (history().bytesAfter(history().base()) > peer.limits.historyBytesPinnedMax()) {
            leading.drop(follower, "the state transfer keeps too much history");
        }
    }

    // ---- entries

    /** Sends what the follower's window has room for, and NEWLEADER once its initial history has gone out. */
    void pump(FollowerProgress follower) {
        if (!follower.receivesEntries()) {
            return;
        }
        if (history().base().isAfter(follower.sent)) {
            leading.drop(follower, "follower " + follower.id + " fell behind the history, at " + follower.sent);
            return;
        }
        sendEntries(follower);
        if (follower.phase == Phase.SYNCING && follower.sent.compareTo(follower.target) >= 0) {
            long chain = history().chainAt(follower.sent).getAsLong();
            // After this peer's own currentEpoch is durable (1.3, step 5).
            peer.send(follower.id, new ZabMessage.NewLeader(leading.bondOf(follower), follower.sent, chain));
            follower.phase = Phase.NEW_LEADER_SENT;
        }
    }

    private void sendEntries(FollowerProgress follower) {
        while (!follower.sent.equals(peer.log.last())) {
            long room = peer.limits.windowBytes() - follower.inFlightBytes();
            if (room <= 0) {
                return;
            }
            List<Entry> entries = history().after(follower.sent, Math.min(room, peer.limits.messageBytesMax()));
            // One entry may exceed the window, but only alone.
            if (entries.get(0).size() > room && follower.inFlightBytes() > 0) {
                return;
            }
            Invariant.check(entries.get(0).previous().equals(follower.sent), "gap after %s", follower.sent);
            peer.sendNow(follower.id, new ZabMessage.Proposals(leading.bondOf(follower), entries));
            entries.forEach(follower::sent);
        }
    }
}
