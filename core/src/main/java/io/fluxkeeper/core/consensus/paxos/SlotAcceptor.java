package io.fluxkeeper.core.consensus.paxos;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * One acceptor of one decision: Paxos itself, as section 2.2 of "Paxos Made Simple" has it. Everything else in this
 * package is about doing this for many slots, about time, and about disks.
 *
 * <p>Immutable: an answer that is a new memory must be durable before anybody hears of it.
 *
 * @param promised the highest ballot answered with a promise, or accepted
 * @param vote the proposal accepted last, which is that of the highest ballot; null for none
 */
record SlotAcceptor<V>(Ballot promised, @Nullable Vote<V> vote) {
    /** A proposal that an acceptor has accepted. */
    record Vote<V>(Ballot ballot, V value) {}

    /** An acceptor that has heard nothing yet. */
    static <V> SlotAcceptor<V> empty() {
        return new SlotAcceptor<>(Ballot.NONE, null);
    }

    /**
     * Phase 1(b): whoever asks with a number above all that were promised gets the promise that nothing below it will be
     * accepted any more, and hears which proposal, if any, was accepted last.
     *
     * <p>The same n again is the same proposer asking again, and gets the same promise.
     *
     * @return null when it refuses; else its memory, whose vote goes with the promise
     */
    @Nullable SlotAcceptor<V> prepare(Ballot n) {
        return promised.isAbove(n) ? null : new SlotAcceptor<>(n, vote);
    }

    /**
     * Phase 2(b): a proposal is accepted unless a higher number was promised meanwhile.
     *
     * @return null when it refuses
     */
    @Nullable SlotAcceptor<V> accept(Ballot n, V value) {
        return promised.isAbove(n) ? null : new SlotAcceptor<>(n, new Vote<>(n, value));
    }

    /**
     * Phase 2(a), for a proposer that has promises of a quorum: it must propose what the highest number reported to it
     * proposed, and is free only when nobody reported anything.
     *
     * @param votes what the quorum reported
     * @param free what the proposer proposes when it may choose
     */
    static <V> V valueToPropose(Collection<Vote<V>> votes, V free) {
        Vote<V> highest = null;
        for (Vote<V> vote : votes) {
            if (highest == null || vote.ballot().isAbove(highest.ballot())) {
                highest = vote;
            }
        }
        return highest == null ? free : highest.value();
    }
}
