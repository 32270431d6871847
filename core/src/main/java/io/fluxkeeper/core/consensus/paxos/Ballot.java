package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.PeerId;

/**
 * The number of a proposal: a round and, to tell apart those who choose the same round, the proposer. A proposer uses a
 * ballot only once, also over restarts: its own promise of it is durable before anybody hears of it, and the next one
 * goes beyond every promise.
 *
 * @param number {@code round << 8 | proposer}; 0 is below all ballots. The epoch that status and requests name
 */
public record Ballot(long number) implements Comparable<Ballot> {
    static final Ballot NONE = new Ballot(0);

    private static final int PROPOSER_BITS = 8;

    public Ballot {
        if (number < 0) {
            throw new IllegalArgumentException("a ballot is not negative: " + number);
        }
    }

    static Ballot of(long round, PeerId proposer) {
        return new Ballot(round << PROPOSER_BITS | proposer.value());
    }

    long round() {
        return number >>> PROPOSER_BITS;
    }

    /** The lowest ballot of {@code proposer} in a round above this one. */
    Ballot nextOf(PeerId proposer) {
        return of(round() + 1, proposer);
    }

    boolean isOf(PeerId proposer) {
        return (number & PeerId.MAX) == proposer.value();
    }

    boolean isAbove(Ballot other) {
        return number > other.number;
    }

    static Ballot max(Ballot a, Ballot b) {
        return a.number >= b.number ? a : b;
    }

    @Override
    public int compareTo(Ballot other) {
        return Long.compare(number, other.number);
    }

    /** {@code round.proposer}, as in {@code 4.1}. */
    @Override
    public String toString() {
        return round() + "." + (number & PeerId.MAX);
    }
}
