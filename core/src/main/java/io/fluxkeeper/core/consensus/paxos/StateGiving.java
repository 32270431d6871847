package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Input;
import java.util.Map;
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

    void pinned(Input.StatePinned pinned) {
        Map.Entry<PeerId, Gift> found = of(pinned.transfer());
        if (found == null) {
            peer.emit(new Effect.ReleaseState(pinned.transfer()));
            return;
        }
        PeerId to = found.getKey();
        Gift gift = found.getValue();
        if (!peer.log.history().holds(pinned.zxid(), pinned.chain())) {
            drop(to, "the state pinned at " + pinned.zxid() + " does not meet the history");
            return;
        }
        peer.log.pin(pinned.transfer(), pinned.zxid());
        gifts.put(to, new Gift(gift.transfer(), gift.bond(), gift.since(), true));
        peer.send(
                to,
                new PaxosMessage.Snap(gift.bond(), pinned.transfer(), pinned.zxid(), pinned.chain(), pinned.digest()));
    }

    /** The host's pin is gone; the history after it stays until its receiver has come back. */
    void released(long transfer) {
        Map.Entry<PeerId, Gift> found = of(transfer);
        if (found != null && !found.getValue().pinned()) {
            drop(found.getKey(), "the state could not be pinned");
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

    private Map.@Nullable Entry<PeerId, Gift> of(long transfer) {
        for (Map.Entry<PeerId, Gift> gift : gifts.entrySet()) {
            if (gift.getValue().transfer() == transfer) {
                return Map.entry(gift.getKey(), gift.getValue());
            }
        }
        return null;
    }

    void tick() {
        new TreeMap<>(gifts).forEach((to, gift) -> {
            if (peer.now - gift.since() > peer.timing.stateTransferTicksMax()) {
                drop(to, "the state transfer takes too long");
            } else if (peer.log.history().bytesAfter(peer.log.history().base()) > peer.limits.historyBytesPinnedMax()) {
                drop(to, "the state transfer keeps too much history");
            }
        });
    }
}
