package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.Zxid;

/** What a step wants on disk. A batch of them is atomic; a later record supersedes an earlier one. */
public sealed interface DurableRecord {
    /**
     * Zab's hard state: the paper's f.p and f.a.
     *
     * @param accepted the highest epoch this peer has promised to accept
     * @param current the epoch whose leader's history this peer holds
     */
    record Epochs(long accepted, long current) implements DurableRecord {}

    /** One more transaction at the end of the history. */
    record Append(Entry entry) implements DurableRecord {}

    /** Everything after {@code last} leaves the history; ZooKeeper's TRUNC. */
    record TruncateAfter(Zxid last) implements DurableRecord {}

    /**
     * The state file of a finished state transfer counts from now on, and history begins at its zxid: whatever the
     * journal held before is void.
     *
     * @param file the file's name within the data directory
     * @param zxid the last transaction in that state
     * @param chain the chain at that transaction
     * @param digest the digest of that state
     */
    record StateInstalled(String file, Zxid zxid, long chain, long digest) implements DurableRecord {}

    /** How far this peer's membership has come; see {@link Membership}. */
    record MembershipMark(Membership membership, long ensembleId) implements DurableRecord {}
}
