package io.fluxkeeper.core.protocol;

/**
 * Why a request was refused, and what its caller may do next. The number is the code of the RSocket ERROR frame, from
 * RSocket's range for applications (0x301 and up); it never changes its meaning.
 */
public enum ErrorCode {
    /** The znode, or the parent of a znode to be created, does not exist. */
    NO_NODE(0x301, Next.NOT_APPLIED),
    NODE_EXISTS(0x302, Next.NOT_APPLIED),
    /** The expected version is not the one the znode has. */
    BAD_VERSION(0x303, Next.NOT_APPLIED),
    /** A znode with children cannot be deleted. */
    NOT_EMPTY(0x304, Next.NOT_APPLIED),
    NO_CHILDREN_FOR_EPHEMERALS(0x305, Next.NOT_APPLIED),
    /** The session owns as many ephemeral znodes as it may. */
    TOO_MANY_EPHEMERALS(0x306, Next.NOT_APPLIED),
    /** Reserved: ACLs are kept and not checked yet, so nothing is refused with it. */
    NO_AUTH(0x307, Next.NOT_APPLIED),
    /** Reserved as {@link #NO_AUTH}. */
    INVALID_ACL(0x308, Next.NOT_APPLIED),
    /**
     * An operation of a multi that was not reached, since one before it was refused. Reserved for ZooKeeper's clients,
     * which want a result for each operation; here the refusal names the one that failed.
     */
    RUNTIME_INCONSISTENCY(0x309, Next.NOT_APPLIED),
    /** Path, number or combination is not allowed; the message says which and what is. */
    BAD_ARGUMENTS(0x30a, Next.BAD_REQUEST),
    /** Known, and not in this version. */
    UNIMPLEMENTED(0x30b, Next.BAD_REQUEST),
    UNKNOWN_ROUTE(0x30c, Next.BAD_REQUEST),
    /** Metadata or data could not be read as what the route takes. */
    MALFORMED(0x30d, Next.BAD_REQUEST),
    /** The request is larger than the payload limit. */
    TOO_LARGE(0x30e, Next.BAD_REQUEST),
    /** The reply would be larger than the payload limit; ask for less, with {@code limit} and {@code after}. */
    REPLY_TOO_LARGE(0x30f, Next.BAD_REQUEST),
    /** The request names a session that is not attached on this connection. */
    UNKNOWN_SESSION(0x310, Next.BAD_REQUEST),
    /** The session is over, or its password was wrong. */
    SESSION_EXPIRED(0x320, Next.SESSION_OVER),
    /** The session was attached again since, most likely on another connection. */
    SESSION_MOVED(0x321, Next.SESSION_OVER),
    /** A write before this one has not arrived; {@code expected} is the next cxid. */
    GAP(0x322, Next.RETRY_LATER),
    /** Too many writes of the session are not acknowledged by it. */
    WINDOW_FULL(0x323, Next.RETRY_LATER),
    /** A queue is full; the request was not taken, or the message says that it may have been before. */
    TOO_BUSY(0x324, Next.RETRY_LATER),
    /** This peer is on its way out; another one serves. */
    SHUTTING_DOWN(0x325, Next.RETRY_ELSEWHERE),
    /** This peer is not part of a quorum now. */
    NOT_SERVING(0x326, Next.RETRY_ELSEWHERE),
    /** The read did not become fresh enough in time. */
    READ_TIMEOUT(0x327, Next.RETRY_ELSEWHERE),
    /**
     * The client has seen a newer state than this peer has, and must try another. Reserved: this version lets the
     * client wait until the peer has caught up.
     */
    PEER_BEHIND(0x328, Next.RETRY_ELSEWHERE),
    /** The disk is at its floor; writes are refused until there is room. */
    DISK_FULL(0x329, Next.RETRY_LATER),
    /** The write may or may not have been applied. */
    OUTCOME_UNKNOWN(0x330, Next.OUTCOME_UNKNOWN),
    /** More than one subscription or request than allowed; the message names the limit. */
    LIMIT_REACHED(0x341, Next.RETRY_LATER),
    /** The subscriber took nothing for too long while there was something for it; {@code resume} says where to go on. */
    SUBSCRIBER_STALLED(0x342, Next.RETRY_LATER),
    /** The pinned listing is over; what follows behind the last name is read without a pin, or with a new one. */
    PIN_ENDED(0x343, Next.NOT_APPLIED),
    /** The data were replaced since their first part was read; begin again. */
    VALUE_CHANGED(0x344, Next.NOT_APPLIED),
    /** The tree takes as much of the leader's heap as it may; what makes it larger is refused until it takes less. */
    TREE_FULL(0x345, Next.NOT_APPLIED),
    /** A defect of the server met this request; nothing was applied. */
    SYSTEM_ERROR(0x350, Next.NOT_APPLIED);

    /** What the caller may do next. */
    public enum Next {
        /** Decided by the tree: not applied, and asking again gives the same until the tree changes. */
        NOT_APPLIED,
        /** The request itself is wrong. */
        BAD_REQUEST,
        /** The same peer may take it later. Not applied, but for a numbered write that was sent before. */
        RETRY_LATER,
        /** Not applied; another peer may take it now. */
        RETRY_ELSEWHERE,
        /** Open a new session, or attach this one again. */
        SESSION_OVER,
        /** May have been applied. */
        OUTCOME_UNKNOWN
    }

    private final int wireCode;
    private final Next next;

    ErrorCode(int wireCode, Next next) {
        this.wireCode = wireCode;
        this.next = next;
    }

    public int wireCode() {
        return wireCode;
    }

    public Next next() {
        return next;
    }
}
