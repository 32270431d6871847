package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Role;
import java.util.TreeMap;

/** Checkers that look at peers. */
final class Checkers {
    private Checkers() {}

    /** Two peers that have applied the same zxid have the same state. */
    static final class Digests {
        private record Seen(PeerId peer, long digest) {}

        private final TreeMap<Zxid, Seen> seen = new TreeMap<>();

        void at(PeerId peer, Zxid applied, long digest) {
            Seen first = seen.putIfAbsent(applied, new Seen(peer, digest));
            if (first != null && first.digest() != digest) {
                throw new Violation(
                        "equal digests at equal zxid",
                        "at %s peer %s has %x, peer %s had %x",
                        applied,
                        peer,
                        digest,
                        first.peer(),
                        first.digest());
            }
        }
    }

    /** At most one established leader an epoch, for ever. */
    static final class Epochs {
        private final TreeMap<Long, PeerId> leaders = new TreeMap<>();

        void status(PeerId peer, Effect.Status status) {
            if (status.role() == Role.LEADING && status.serving()) {
                PeerId first = leaders.putIfAbsent(status.epoch(), peer);
                if (first != null && !first.equals(peer)) {
                    throw new Violation(
                            "one leader an epoch",
                            "%s and %s are established in epoch %s",
                            first,
                            peer,
                            status.epoch());
                }
            }
        }

        int count() {
            return leaders.size();
        }
    }
}
