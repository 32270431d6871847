package io.fluxkeeper.core.consensus.zab;

/**
 * What binds a message to one leadership and to one follower's stay in it: whatever carries another bond is a leftover.
 *
 * @param epoch the epoch that the leader proposed
 * @param join the follower's number for its stay: it counts how often it began to follow, so that on one link a second
 *     stay with the same leader is not taken for the first
 */
public record Bond(long epoch, long join) {
    @Override
    public String toString() {
        return "e" + epoch + "/j" + join;
    }
}
