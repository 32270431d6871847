package io.fluxkeeper.core.consensus;

/** How much room a peer has on its disk: the less, the less it takes on. */
public enum DiskRoom {
    PLENTY,
    /** Below the floor: what can wait is refused where it comes in, and it takes only what its leader sends. */
    LOW,
    /** So little that it takes nothing from its leader either: full, it could not even start again. */
    NONE
}
