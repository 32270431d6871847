package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.replica.Replica;

/** What meters tell of the tree: written by the replica's thread at the end of each drain, read by any. */
public final class TreeSize {
    private volatile long znodes;
    private volatile long bytes;

    void publish(Replica replica) {
        znodes = replica.znodes();
        bytes = replica.treeBytes();
    }

    public long znodes() {
        return znodes;
    }

    /** What they take of the heap, about. */
    public long bytes() {
        return bytes;
    }
}
