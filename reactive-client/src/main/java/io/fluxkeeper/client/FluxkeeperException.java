package io.fluxkeeper.client;

import org.jspecify.annotations.Nullable;

/**
 * What went wrong, sorted by what the caller may do next: {@link RefusedException} (not applied, and the same again
 * until the tree changes), {@link BadRequestException} (the call itself is wrong), {@link RetryableException} (not
 * applied, try again), {@link OutcomeUnknownException} (perhaps applied), {@link SessionExpiredException} (connect
 * anew), {@link SubscriberStalledException} (go on from its position), {@link ClientClosedException}.
 *
 * <p>What happened is in the fields; the text is derived from them. There is no stack trace: it would show the event
 * loop, not the caller.
 */
public abstract sealed class FluxkeeperException extends RuntimeException
        permits RefusedException,
                BadRequestException,
                RetryableException,
                OutcomeUnknownException,
                SessionExpiredException,
                SubscriberStalledException,
                ClientClosedException {
    private static final long serialVersionUID = 1L;

    FluxkeeperException(String message, @Nullable Throwable cause) {
        super(message, cause, true, false);
    }
}
