package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.Zxid;
import org.jspecify.annotations.Nullable;

/**
 * Puts payloads into one order at all peers and delivers each, once, everywhere: a deterministic state machine without
 * threads, clocks, sockets or disks. The same constructor arguments and the same inputs give the same effects.
 */
public interface AtomicBroadcast {
    /** Handles one input. */
    void handle(Input input, Effects effects);

    /** Whether another drain is wanted even without an input: there is more to deliver. */
    boolean hasMoreToDo();

    /** Whether {@link #propose} would take a payload now. */
    Availability availability();

    /**
     * Whether this leader and, of the voters that follow it, enough for a quorum have room on their disks. If not, what
     * can wait should not be proposed: {@link #propose} would take it. True where none is known to lack room.
     */
    boolean hasDiskRoom();

    /**
     * Gives the payload the next place in the log; it is sent and delivered as {@link Effect}s.
     *
     * @return its zxid; null when {@link #availability} is not READY, and then nothing happened
     */
    @Nullable Zxid propose(byte[] payload, Effects effects);

    /**
     * Asks for a read index (architecture, decision 13). Answered by ReadIndexReady or ReadIndexLost with the token.
     * Only an established leader may be asked.
     */
    void requestReadIndex(long token, Effects effects);

    Effect.Status status();

    /** The last transaction in the log, durable or not. */
    Zxid lastLogged();

    /** The last transaction known committed. */
    Zxid lastCommitted();

    /**
     * The latest tick (counted from construction) such that a quorum, this peer included, has been heard at or after
     * it while leading; -1 when not leading. A leader expires no session on less than this (decision 12).
     */
    long quorumHeardTick();

    enum Availability {
        READY,
        /** Another peer leads, or nobody. */
        NOT_LEADING,
        /** A hand-over is under way. */
        HANDING_OVER,
        /** Too much is in flight: not committed, or not durable. */
        FULL
    }
}
