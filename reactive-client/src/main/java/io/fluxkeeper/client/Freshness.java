package io.fluxkeeper.client;

import io.fluxkeeper.core.Zxid;
import java.util.Objects;

/**
 * How fresh a read must be. Whatever is chosen, it is never behind what this client has seen or written before, and its
 * reply carries the zxid it was read at.
 *
 * <p>A peer that is not fresh enough lets a read wait, at most as long as its {@code replica.readWait} says; then it
 * refuses, and the read goes on at another peer, or fails with {@link NotFreshEnoughException}.
 */
public sealed interface Freshness {
    /** The state of the peer this client is at: the cheapest, and behind the ensemble by as much as that peer is. */
    static Freshness local() {
        return new Local();
    }

    /**
     * Not older than that transaction, which another client may have handed over ({@link FluxkeeperClient#lastSeen()}):
     * what that one saw, this one sees too.
     */
    static Freshness atLeast(Zxid zxid) {
        return new AtLeast(zxid);
    }

    /**
     * Every write that was answered, to anyone, before this call was made. A quorum is asked first, so it costs a round
     * trip between peers, and waits while there is no leader.
     */
    static Freshness linearizable() {
        return new Linearizable();
    }

    /** See {@link Freshness#local()}. */
    record Local() implements Freshness {}

    /** See {@link Freshness#atLeast(Zxid)}. */
    record AtLeast(Zxid zxid) implements Freshness {
        public AtLeast {
            Objects.requireNonNull(zxid, "zxid");
        }
    }

    /** See {@link Freshness#linearizable()}. */
    record Linearizable() implements Freshness {}
}
