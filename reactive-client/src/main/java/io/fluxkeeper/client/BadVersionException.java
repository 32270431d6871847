package io.fluxkeeper.client;

import io.fluxkeeper.core.protocol.ServerReply;

/** The znode has another version than the one expected: somebody else changed it first. */
public final class BadVersionException extends RefusedException {
    private static final long serialVersionUID = 1L;

    public BadVersionException(ServerReply.Refused refused) {
        super(refused);
    }

    /** The version the caller expected. */
    public int expected() {
        Long expected = refused().expected();
        return expected == null ? -1 : Math.toIntExact(expected);
    }

    /** The version the znode had. */
    public int actual() {
        Long actual = refused().actual();
        return actual == null ? -1 : Math.toIntExact(actual);
    }
}
