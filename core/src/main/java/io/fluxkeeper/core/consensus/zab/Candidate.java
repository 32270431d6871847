package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;

/**
 * Whom a vote is for, and why: the greatest history wins, by the epoch it belongs to, then its length, then the id.
 *
 * @param currentEpoch of the candidate: whose history it holds
 * @param last the last transaction in its log
 */
public record Candidate(long currentEpoch, Zxid last, PeerId id) implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate other) {
        int byEpoch = Long.compare(currentEpoch, other.currentEpoch);
        if (byEpoch != 0) {
            return byEpoch;
        }
        int byLast = last.compareTo(other.last);
        return byLast != 0 ? byLast : id.compareTo(other.id);
    }
}
