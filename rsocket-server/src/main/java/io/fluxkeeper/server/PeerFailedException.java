package io.fluxkeeper.server;

import io.fluxkeeper.server.loop.StateDivergedException;
import java.nio.file.FileSystemException;

/** A running peer has stopped, since a part of it failed that it cannot live without. */
public final class PeerFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param part which one, as the operator knows it */
    PeerFailedException(String part, Throwable cause) {
        super(cause instanceof StateDivergedException ? reason(cause) : part + " failed: " + reason(cause), cause);
    }

    /** The message alone of a FileSystemException is a path and does not say what is the matter with it. */
    private static String reason(Throwable cause) {
        String message = cause.getMessage();
        return message == null || cause instanceof FileSystemException ? cause.toString() : message;
    }
}
