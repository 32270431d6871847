package io.fluxkeeper.core.consensus.paxos;

/**
 * What a message between a leader and its follower belongs to; one of another bond is a leftover and dropped.
 *
 * @param ballot of the leadership
 * @param stay the follower's count of the times it joined a leader
 */
public record Bond(Ballot ballot, long stay) {
    @Override
    public String toString() {
        return ballot + "/" + stay;
    }
}
