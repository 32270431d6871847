package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Ensemble;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Which of the configured peers say that they belong to another ensemble than this peer's data directory. One of them
 * may itself be the stray: it gets no link, and that is all. When a quorum belongs to one and the same other ensemble,
 * it is this peer whose directory or whose configuration is wrong, and as no quorum is left that it could be part of,
 * nothing is lost when it stops.
 *
 * <p>Synchronised because each link lives on an event loop of its own.
 */
public final class ForeignPeers {
    private final Ensemble ensemble;
    private final LongSupplier ensembleId;
    private final Consumer<String> whenOutvoted;
    /** What each peer with which there is no link said last, while it is another ensemble than ours. */
    private final SortedMap<PeerId, Long> ensembles = new TreeMap<>();

    private boolean outvoted;

    /**
     * @param ensembleId of this peer's data directory; 0 while it belongs to none yet. Asked on event loops
     * @param whenOutvoted told once, on an event loop, in a sentence that continues "the data directory …"
     */
    public ForeignPeers(Ensemble ensemble, LongSupplier ensembleId, Consumer<String> whenOutvoted) {
        this.ensemble = ensemble;
        this.ensembleId = ensembleId;
        this.whenOutvoted = whenOutvoted;
    }

    /** This peer's own; 0 for none yet. */
    long ensembleId() {
        return ensembleId.getAsLong();
    }

    /** That peer, one of the ensemble, has said which one it belongs to, and that is not ours. */
    void heard(PeerId peer, long itsEnsembleId) {
        SortedSet<PeerId> agreeing = new TreeSet<>();
        synchronized (this) {
            ensembles.put(peer, itsEnsembleId);
            ensembles.forEach((other, id) -> {
                if (id == itsEnsembleId) {
                    agreeing.add(other);
                }
            });
            if (outvoted || !ensemble.isQuorum(agreeing)) {
                return;
            }
            outvoted = true;
        }
        whenOutvoted.accept("belongs to the ensemble " + Long.toHexString(ensembleId()) + ", and the peers " + agreeing
                + " to the ensemble " + Long.toHexString(itsEnsembleId)
                + ": correct the ensemble or the data directory.");
    }

    /** A link with that peer is up: whatever it said before, it is one of ours. */
    synchronized void linked(PeerId peer) {
        ensembles.remove(peer);
    }
}
