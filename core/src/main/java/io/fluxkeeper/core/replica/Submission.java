package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import org.jspecify.annotations.Nullable;

/** A request taken from a client here that needs a place in the log, until it is answered. */
final class Submission {
    /** Of the place it is to get: unique at this origin, and another each time it is handed in again. */
    long number;

    final long connection;
    final ReplyHandle handle;

    /** Whose write it is; NONE for a request without a number in a session. */
    final SessionId session;

    /** In which the session was attached here when the request came; 0 without a session. */
    final long generation;

    /** 0 without a session. */
    final long cxid;

    /**
     * Whether it may be handed in again to another leader: a numbered write, since its cxid makes it exactly-once; an
     * opening or attachment of a session, since one too many does no harm.
     */
    final boolean repeatable;

    /** An encoded {@link Transaction}; its time is filled in by the leader. */
    byte[] payload;

    /** For a session that is opened or attached: the password to answer with; empty for a write. */
    final byte[] password;

    final long takenAtTick;

    /** A request here for the same number of the same session, older and not answered either; null for none. */
    @Nullable Submission older;

    /** Whether the present leader was given it. */
    boolean handedIn;

    /** How often a leader was given it, so that it may have got a place each time. */
    private int timesHandedIn;

    /** Since when the leader has had no room for it, although it may have a place; -1 while that is not so. */
    long withoutRoomSinceTick = -1;

    Submission(
            long number,
            long connection,
            ReplyHandle handle,
            SessionId session,
            long generation,
            long cxid,
            boolean repeatable,
            byte[] payload,
            byte[] password,
            long takenAtTick) {
        this.number = number;
        this.connection = connection;
        this.handle = handle;
        this.session = session;
        this.generation = generation;
        this.cxid = cxid;
        this.repeatable = repeatable;
        this.payload = payload;
        this.password = password;
        this.takenAtTick = takenAtTick;
    }

    /** It is to be handed in again: what comes of the place it may have got already is not for it. */
    void renumber(long next) {
        number = next;
        payload = TransactionCodec.renumbered(payload, next);
    }

    void handedIn() {
        handedIn = true;
        timesHandedIn++;
    }

    /** Whether any leader was given it, so that it may have got a place. */
    boolean wasEverHandedIn() {
        return timesHandedIn > 0;
    }

    /** Whether it may have got a place before the one it was handed in for last. */
    boolean wasHandedInAgain() {
        return timesHandedIn > 1;
    }

    /** The next leader has room for it, as far as anybody knows. */
    void leaderLost() {
        handedIn = false;
        withoutRoomSinceTick = -1;
    }

    boolean isNumbered() {
        return cxid != 0;
    }
}
