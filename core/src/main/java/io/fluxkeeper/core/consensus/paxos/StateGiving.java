package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Input;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * State transfers that this peer gives, in whatever role: a leader to a follower, and anybody to a candidate that it
 * promised its ballot. One a peer at a time. The history after the state stays here until its receiver has come back,
 * within a time and a size.
 */
final class StateGiving {
    private final PaxosPeer peer;
    private final TreeMap<PeerId, Gift> gifts = new TreeMap<>();
    private long transfers;

    /** @param pinned whether the state is there to be fetched */
    private record Gift(long transfer, Bond bond, long since, boolean pinned) {}

    StateGiving(PaxosPeer peer) {
        this.peer = peer;
    }

    /** Begins one, unless it has begun. */
    void give(PeerId to, Bond bond) {
        Gift before = gifts.get(to);
        if (before != null && before.bond().equals(bond)) {
            return;
        }
        release(to);
        // Unique at the receiver, whoever gives and however often it starts again.
        long transfer =
                (bond.ballot().round() & 0x7fffff) << 40 | (long) peer.self().value() << 32 | ++transfers;
        gifts.put(to, new Gift(transfer, bond, peer.now, false));
        peer.log.pin(transfer, peer.log.history().base());
        peer.emit(new Effect.OfferState(to, peer.linkTo(to), transfer));
    }

    boolean isGiving(PeerId to) {
        return gifts.containsKey(to);
    }

    void pinned(Input.StatePinned pinned) {
        PeerId to = receiverOf(pinned.transfer());
        Gift gift = to == null ? null : gifts.get(to);
        if (to == null || gift == null) {
            peer.emit(new Effect.ReleaseState(pinned.transfer()));
        } else if (!peer.log.history().holds(pinned.zxid(), pinned.chain())) {
            drop(to, "the state pinned at " + pinned.zxid() + " does not meet the history");
        } else {
            peer.log.pin(pinned.transfer(), pinned.zxid());
            gifts.put(to, new Gift(gift.transfer(), gift.bond(), gift.since(), true));
            peer.send(
                    to,
                    new PaxosMessage.Snap(
                            gift.bond(), pinned.transfer(), pinned.zxid(), pinned.chain(), pinned.digest()));
        }
    }

    /** The host's pin is gone; the history after it stays until its receiver has come back. */
    void released(long transfer) {
        PeerId to = receiverOf(transfer);
        if (to != null && !gifts.get(to).pinned()) {
            drop(to, "the state could not be pinned");
        }
    }

    void release(PeerId to) {
        Gift gift = gifts.remove(to);
        if (gift != null) {
            peer.log.unpin(gift.transfer());
            peer.emit(new Effect.ReleaseState(gift.transfer()));
        }
    }

    private void drop(PeerId to, String reason) {
        release(to);
        peer.disconnect(to, reason);
    }

    private @Nullable PeerId receiverOf(long transfer) {
        for (PeerId to : gifts.keySet()) {
            if (gifts.get(to).transfer() == transfer) {
                return to;
            }
        }
        return null;
    }

    void tick() {
        for (PeerId to : List.copyOf(gifts.keySet())) {
            if (peer.now - gifts.get(to).since() > peer.timing.stateTransferTicksMax()) {
                drop(to, "the state transfer takes too long");
            } else if (peer.log.history().bytesAfter(peer.log.history().base()) > peer.limits.historyBytesPinnedMax()) {
                drop(to, "the state transfer keeps too much history");
            }
        }
    }
}
