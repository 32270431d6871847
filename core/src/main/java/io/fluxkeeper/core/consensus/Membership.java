package io.fluxkeeper.core.consensus;

/**
 * What a peer knows of its ensemble's birth. Only a {@link #FOUNDED} peer votes, promises or acknowledges: a disk that
 * was wiped has forgotten what it promised, and must not be taken for a new one.
 */
public enum Membership {
    /** Nothing on disk: a first start, or a wiped disk. */
    NONE,
    /** Has agreed to an ensemble id and waits to hear the same of all configured peers. */
    FOUNDING,
    /** Has lost what it knew (wiped or damaged): takes the state from a leader, and does not vote. */
    LEARNER,
    /** A voter. */
    FOUNDED
}
