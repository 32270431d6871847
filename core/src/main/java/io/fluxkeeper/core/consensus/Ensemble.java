package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.PeerId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** The configured set of peers, seen from one of them. A quorum is a majority. */
public final class Ensemble {
    private final PeerId self;
    private final SortedSet<PeerId> peers;

    /** @throws IllegalArgumentException if {@code self} is not among {@code peers} */
    public Ensemble(PeerId self, Collection<PeerId> peers) {
        if (!peers.contains(self)) {
            throw new IllegalArgumentException("peer " + self + " is not in the ensemble " + peers);
        }
        this.self = self;
        this.peers = Collections.unmodifiableSortedSet(new TreeSet<>(peers));
    }

    public PeerId self() {
        return self;
    }

    /** All of them, this one included, in id order. */
    public SortedSet<PeerId> peers() {
        return peers;
    }

    /** All but this one, in id order. */
    public SortedSet<PeerId> others() {
        SortedSet<PeerId> others = new TreeSet<>(peers);
        others.remove(self);
        return others;
    }

    /** Peers that a quorum needs at least. */
    public int quorumSize() {
        return peers.size() / 2 + 1;
    }

    /** The highest value that a quorum reaches, given one value a peer; -1 when these are fewer than a quorum. */
    public long quorumHighest(List<Long> values) {
        int needed = quorumSize();
        if (values.size() < needed) {
            return -1;
        }
        List<Long> descending = new ArrayList<>(values);
        descending.sort(Comparator.reverseOrder());
        return descending.get(needed - 1);
    }

    /** Whether these peers suffice to decide; peers outside the ensemble do not count. */
    public boolean isQuorum(Collection<PeerId> agreeing) {
        int count = 0;
        for (PeerId peer : peers) {
            if (agreeing.contains(peer)) {
                count++;
            }
        }
        return count >= quorumSize();
    }
}
