package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import java.util.HashMap;
import java.util.Map;

/** I4 and I13: two peers at the same zxid have the same state, however they came to it. */
public final class EqualDigests implements Checker {
    private record Seen(PeerId peer, long digest) {}

    private final Map<Zxid, Seen> seen = new HashMap<>();

    @Override
    public void digest(PeerId peer, Zxid applied, long digest) {
        Seen first = seen.putIfAbsent(applied, new Seen(peer, digest));
        if (first != null && first.digest() != digest) {
            throw new Violation(
                    "equal digests",
                    "at %s peer %s has %x, peer %s had %x",
                    applied,
                    peer,
                    digest,
                    first.peer(),
                    first.digest());
        }
    }
}
