package io.fluxkeeper.client;

import org.jspecify.annotations.Nullable;

/** No peer could be asked in time: not applied. */
public final class NotReachableException extends RetryableException {
    private static final long serialVersionUID = 1L;

    /** @param cause what the last attempt failed with; null when there was none yet */
    public NotReachableException(String message, @Nullable Throwable cause) {
        super(null, message, cause);
    }
}
