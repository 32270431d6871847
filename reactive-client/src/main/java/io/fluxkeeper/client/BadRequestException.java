package io.fluxkeeper.client;

import io.fluxkeeper.core.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/** The call itself is wrong (a path, a limit, a size): not applied, and it never will be. */
public final class BadRequestException extends FluxkeeperException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    public BadRequestException(ErrorCode code, String message, @Nullable Throwable cause) {
        super(code + ": " + message, cause);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }
}
