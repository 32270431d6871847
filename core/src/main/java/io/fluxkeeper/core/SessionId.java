package io.fluxkeeper.core;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * Names a session for ever: the packed zxid of the log entry that opened it.
 *
 * @param value never negative; 0 is "no session"
 */
public record SessionId(@JsonValue long value) implements Comparable<SessionId> {
    /** Stands for "no session", as in {@code Stat.ephemeralOwner} of a persistent znode. */
    public static final SessionId NONE = new SessionId(0);

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public SessionId {
        if (value < 0) {
            throw new IllegalArgumentException("a session id is not negative: " + value);
        }
    }

    @Override
    public int compareTo(SessionId other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return "s" + new Zxid(value);
    }
}
