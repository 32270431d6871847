package io.fluxkeeper.core.consensus;

/** What a peer is in its ensemble just now; ZooKeeper's names. */
public enum Role {
    LOOKING,
    FOLLOWING,
    LEADING
}
