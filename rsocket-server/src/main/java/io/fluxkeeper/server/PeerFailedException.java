package io.fluxkeeper.server;

/** A running peer has stopped, since a part of it failed that it cannot live without. */
public final class PeerFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param part which one, as the operator knows it */
    PeerFailedException(String part, Throwable cause) {
        super(part + " failed: " + (cause.getMessage() == null ? cause : cause.getMessage()), cause);
    }
}
