package io.fluxkeeper.client;

import io.fluxkeeper.core.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/** A queue is full, on this side ({@link #code} is null) or the service's: not applied. Slow down, then try again. */
public final class TooBusyException extends RetryableException {
    private static final long serialVersionUID = 1L;

    public TooBusyException(@Nullable ErrorCode code, String message) {
        super(code, message, null);
    }
}
