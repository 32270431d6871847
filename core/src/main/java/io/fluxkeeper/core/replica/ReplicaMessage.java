package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.protocol.ErrorCode;
import java.util.List;

/**
 * What a follower's replica and its leader's say to each other, beside the broadcast. All of it takes the live lane
 * and carries the epoch it was said in: what belongs to another epoch is dropped.
 */
public sealed interface ReplicaMessage extends PeerMessage {
    /** The epoch of the leader that it is to or from. */
    long epoch();

    @Override
    default Lane lane() {
        return Lane.LIVE;
    }

    /**
     * Follower to leader: a request that came in here and needs a place in the log; ZooKeeper's {@code Request}.
     *
     * @param number of the request at its origin
     * @param session whose write it is; {@link SessionId#NONE} for a request without a number in a session
     * @param generation in which that session was attached where the request came in; 0 without a session
     * @param cxid 0 without a session
     * @param payload an encoded {@link Transaction} whose time the leader fills in
     */
    record ForwardedRequest(long epoch, long number, SessionId session, long generation, long cxid, byte[] payload)
            implements ReplicaMessage {}

    /**
     * Leader to follower: the request got no place in the log.
     *
     * @param expected for a GAP, the next cxid; else 0
     */
    record RequestRefused(long epoch, long number, ErrorCode code, long expected, String message)
            implements ReplicaMessage {}

    /** Follower to leader: these sessions were heard of; ZooKeeper puts the same into its pings. */
    record Touches(long epoch, long sequence, List<SessionId> sessions) implements ReplicaMessage {
        public Touches {
            sessions = List.copyOf(sessions);
        }
    }

    /**
     * Leader to follower: counted. The follower may confirm the heartbeats that were in it, once it knows by its own state
     * that their sessions had not ended by then.
     *
     * @param upTo the end of the leader's log when it counted
     */
    record TouchesCounted(long epoch, long sequence, Zxid upTo) implements ReplicaMessage {}

    /** Follower to leader: up to where must I have applied for a linearizable read? */
    record ReadIndexAsked(long epoch, long token) implements ReplicaMessage {}

    /** Leader to follower: up to there, confirmed by a quorum after you asked. */
    record ReadIndexAnswered(long epoch, long token, Zxid zxid) implements ReplicaMessage {}

    /** Follower to leader: the digest of my state, that transaction being the last one applied. */
    record DigestTold(long epoch, Zxid zxid, long digest) implements ReplicaMessage {}

    /** Leader to follower: a quorum has this digest there, and you have another. */
    record DigestRefuted(long epoch, Zxid zxid, long digest) implements ReplicaMessage {}
}
