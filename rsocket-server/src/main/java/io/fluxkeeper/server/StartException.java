package io.fluxkeeper.server;

/** The peer cannot start here and now. The message is for the operator, in one line. */
public final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
