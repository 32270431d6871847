package io.fluxkeeper.server.peer;

/** Why a state transfer cannot go on, in words for the other peer's log. */
final class TransferException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TransferException(String message) {
        super(message, null, false, false);
    }
}
