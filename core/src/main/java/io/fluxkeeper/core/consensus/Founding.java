package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.PeerId;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How an ensemble is born, and how a peer that forgot everything is kept from voting (storage.md, "Founded").
 *
 * <p>An ensemble is founded by its founders: all configured peers, or those the operator names because the others cannot
 * be there. An un-marked founder takes part only after every other founder has told it, since it started, that it is not
 * founded: had this peer been founded before its disk was wiped, then the leader it acknowledged to is founded still and
 * says so. For founders that are named, the operator answers for those that are not: that there is no ensemble yet. A
 * peer that is no founder waits until one is founded, and learns.
 */
public final class Founding {
    private final Ensemble ensemble;
    private final SortedSet<PeerId> founders;
    private final Set<PeerId> otherFounders;
    private final long freshEnsembleId;
    private final TreeMap<PeerId, Introduction> heard = new TreeMap<>();
    private Membership membership;
    private long ensembleId;

    /** What a founding wants done. */
    public interface Port {
        /** Put the mark into the journal and tell every peer, once it is durable. */
        void mark(DurableRecord.MembershipMark mark);

        /** That peer belongs to another ensemble: no word with it. */
        void refuse(PeerId peer, String reason);
    }

    /**
     * @param founders a quorum at least: fewer could not confirm a learner, and two such sets have a peer in common
     * @param freshEnsembleId drawn at random; the id of the ensemble if this peer is the one to propose it
     */
    public Founding(
            Ensemble ensemble,
            SortedSet<PeerId> founders,
            Membership membership,
            long ensembleId,
            long freshEnsembleId) {
        Invariant.check(
                ensemble.isQuorum(founders) && ensemble.peers().containsAll(founders),
                "founders %s are no quorum of %s",
                founders,
                ensemble.peers());
        Invariant.check(freshEnsembleId > 0, "an ensemble id is positive, not %d", freshEnsembleId);
        this.ensemble = ensemble;
        this.founders = Collections.unmodifiableSortedSet(new TreeSet<>(founders));
        this.otherFounders = new TreeSet<>(founders);
        otherFounders.remove(ensemble.self());
        this.membership = membership;
        this.ensembleId = ensembleId;
        this.freshEnsembleId = freshEnsembleId;
    }

    public Membership membership() {
        return membership;
    }

    /** 0 while there is none. */
    public long ensembleId() {
        return ensembleId;
    }

    /**
     * What an operator should know of a peer that does not serve; null for nothing.
     *
     * @param reason why else it does not serve; empty for nothing
     */
    public @Nullable String note(String reason) {
        String waiting = otherFounders.isEmpty() ? "" : waiting();
        String note = waiting + (waiting.isEmpty() || reason.isEmpty() ? "" : "; ") + reason;
        return note.isEmpty() ? null : note;
    }

    /** For others to found the ensemble; empty when this peer does not. */
    private String waiting() {
        return switch (membership) {
            case NONE ->
                "of no ensemble yet: one is founded when peers " + inWords(founders) + " are all up"
                        + without(heard::containsKey, "not heard yet: ");
            case FOUNDING -> "founding an ensemble" + without(this::agrees, "not agreed yet: ");
            case LEARNER, FOUNDED -> "";
        };
    }

    private String without(Predicate<PeerId> there, String what) {
        List<PeerId> missing =
                otherFounders.stream().filter(Predicate.not(there)).toList();
        return missing.isEmpty() ? "" : "; " + what + inWords(missing);
    }

    private static String inWords(Collection<PeerId> peers) {
        return peers.stream().map(PeerId::toString).collect(Collectors.joining(", "));
    }

    public Introduction introduction() {
        return new Introduction(membership, ensembleId);
    }

    /** Only then does this peer vote, promise and acknowledge so that it counts. */
    public boolean isVoter() {
        return membership == Membership.FOUNDED;
    }

    /** Whether that peer's last word was that it votes. */
    public boolean isVoter(PeerId peer) {
        Introduction introduction = heard.get(peer);
        return introduction != null && introduction.membership() == Membership.FOUNDED;
    }

    /** Once, at the beginning: a one-peer ensemble founds itself. */
    public void start(Port port) {
        advance(port);
    }

    public void heard(PeerId from, Introduction introduction, Port port) {
        if (ensembleId != 0 && introduction.ensembleId() != 0 && introduction.ensembleId() != ensembleId) {
            port.refuse(
                    from,
                    "peer " + from + " belongs to ensemble " + Long.toHexString(introduction.ensembleId())
                            + ", this one to " + Long.toHexString(ensembleId));
            return;
        }
        heard.put(from, introduction);
        advance(port);
    }

    /** A leader has confirmed a quorum without this learner since it came. */
    public void admitted(Port port) {
        if (membership == Membership.LEARNER) {
            become(Membership.FOUNDED, ensembleId, port);
        }
    }

    private void advance(Port port) {
        if (membership == Membership.NONE) {
            fromNothing(port);
        }
        if (membership == Membership.FOUNDING && (heardFounded() || allFoundersAgree())) {
            become(Membership.FOUNDED, ensembleId, port);
        }
    }

    private void fromNothing(Port port) {
        long proposed = 0;
        boolean othersAreNew = heard.keySet().containsAll(otherFounders);
        for (Introduction introduction : heard.values()) {
            if (introduction.membership() == Membership.FOUNDED) {
                become(Membership.LEARNER, introduction.ensembleId(), port);
                return;
            }
            if (introduction.membership() == Membership.LEARNER) {
                othersAreNew = false;
            }
            if (introduction.membership() == Membership.FOUNDING) {
                proposed = introduction.ensembleId();
            }
        }
        if (!othersAreNew || !founders.contains(ensemble.self())) {
            return;
        }
        if (proposed != 0) {
            become(Membership.FOUNDING, proposed, port);
        } else if (ensemble.self().equals(founders.first())) {
            become(Membership.FOUNDING, freshEnsembleId, port);
        }
    }

    private boolean heardFounded() {
        return heard.values().stream()
                .anyMatch(i -> i.membership() == Membership.FOUNDED && i.ensembleId() == ensembleId);
    }

    private boolean allFoundersAgree() {
        return otherFounders.stream().allMatch(this::agrees);
    }

    private boolean agrees(PeerId peer) {
        Introduction introduction = heard.get(peer);
        return introduction != null
                && introduction.membership() == Membership.FOUNDING
                && introduction.ensembleId() == ensembleId;
    }

    private void become(Membership next, long id, Port port) {
        membership = next;
        ensembleId = id;
        port.mark(new DurableRecord.MembershipMark(next, id));
    }
}
