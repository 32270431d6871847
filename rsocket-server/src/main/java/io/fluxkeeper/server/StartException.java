package io.fluxkeeper.server;

/**
 * The peer cannot run here and now. Found out at the start, or as soon as other peers have been heard. The message is
 * for the operator, in one line.
 */
public final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StartException(String message) {
        super(message);
    }

    public StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
