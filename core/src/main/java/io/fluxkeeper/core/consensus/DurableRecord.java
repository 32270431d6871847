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

    /**
     * Multi-Paxos's hard state: the highest ballot promised, as one number. No proposal of a lower one is accepted.
     */
    record Promised(long ballot) implements DurableRecord {}

    /**
     * Multi-Paxos: this peer's acceptance of a value for a slot. A later one for the same slot takes its place.
     *
     * @param ballot as one number
     * @param slot after the end of the history
     */
    record Accepted(long ballot, Zxid slot, byte[] payload) implements DurableRecord {
        /** Rough bytes it takes in memory and on the wire. */
        public int size() {
            return Entry.sizeWith(payload);
        }

        @Override
        public String toString() {
            return slot + "@" + ballot;
        }
    }

    /**
     * Multi-Paxos: the values accepted last for all slots up to {@code last} are the chosen ones and join the history.
     *
     * @param chain at {@code last}
     */
    record Decided(Zxid last, long chain) implements DurableRecord {}

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
