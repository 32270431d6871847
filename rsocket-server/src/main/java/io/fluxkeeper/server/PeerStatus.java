package io.fluxkeeper.server;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.Role;
import org.jspecify.annotations.Nullable;

/**
 * What a peer is just now, seen from outside.
 *
 * @param epoch the epoch it follows or leads
 * @param leader null when it knows none
 * @param serving whether it takes requests
 * @param applied the last transaction applied
 * @param note what an operator should know; null for nothing
 */
public record PeerStatus(
        PeerId peer,
        Role role,
        Membership membership,
        long epoch,
        @Nullable PeerId leader,
        boolean serving,
        Zxid applied,
        @Nullable String note) {
    static PeerStatus initial(PeerId peer, Zxid applied) {
        return new PeerStatus(peer, Role.LOOKING, Membership.NONE, 0, null, false, applied, null);
    }

    PeerStatus with(Effect.Status status) {
        return new PeerStatus(
                peer,
                status.role(),
                status.membership(),
                status.epoch(),
                status.leader(),
                status.serving(),
                applied,
                status.note());
    }

    PeerStatus with(Zxid nowApplied) {
        return new PeerStatus(peer, role, membership, epoch, leader, serving, nowApplied, note);
    }

    /** For the log: {@code LEADING, epoch 3}; {@code FOLLOWING peer 2, epoch 3, not serving yet}. */
    String inWords() {
        StringBuilder words = new StringBuilder(role.name());
        if (role == Role.FOLLOWING && leader != null) {
            words.append(" peer ").append(leader);
        }
        words.append(", epoch ").append(epoch);
        if (membership == Membership.LEARNER) {
            words.append(", without a vote until a leader has confirmed it");
        }
        if (!serving && role != Role.LOOKING) {
            words.append(", not serving yet");
        }
        if (note != null) {
            words.append(": ").append(note);
        }
        return words.toString();
    }
}
