package io.fluxkeeper.client;

import io.fluxkeeper.core.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/** Not applied, after the client's own attempts; the same call may succeed later. */
public sealed class RetryableException extends FluxkeeperException
        permits TooBusyException, NotReachableException, NotFreshEnoughException {
    private static final long serialVersionUID = 1L;

    private final @Nullable ErrorCode code;

    public RetryableException(@Nullable ErrorCode code, String message, @Nullable Throwable cause) {
        super(code == null ? message : code + ": " + message, cause);
        this.code = code;
    }

    /** What the last peer asked refused with; null when the reason lies on this side. */
    public @Nullable ErrorCode code() {
        return code;
    }
}
