package io.fluxkeeper.client.session;

import io.fluxkeeper.client.NotReachableException;
import io.fluxkeeper.client.RetryableException;
import io.fluxkeeper.client.connection.Exchange;
import io.fluxkeeper.client.connection.ReplyHandler;
import io.fluxkeeper.core.protocol.Routes;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;

/**
 * One call of one subscriber, from its subscription to its signal. Its fields belong to the client's loop.
 *
 * @param <R> the reply
 */
abstract class Operation<R> extends Answer<R> implements ReplyHandler<R> {
    final Routes.Route<?, R> route;

    /** By when it must have an answer, on the loop's clock; {@link Long#MAX_VALUE} for no bound. */
    long deadlineNanos = Long.MAX_VALUE;

    /** How often it was sent; an answer says to which sending it belongs. */
    int attempt;

    /** Whether it counts against a bound of pending calls. Set before it is handed to the loop. */
    boolean holdsPlace;

    /** The sending under way; null before the first. */
    @Nullable Exchange<R> exchange;

    /** What the last attempt failed with, for the caller if there is no further one. */
    @Nullable Throwable lastFailure;

    /** The chain it is in, and its neighbours there; null for none. */
    @Nullable Chain chain;

    @Nullable Operation<?> previous;

    @Nullable Operation<?> next;

    Operation(Routes.Route<?, R> route, CoreSubscriber<? super R> actual) {
        super(actual);
        this.route = route;
    }

    /** Begins, on the loop. */
    abstract void accepted();

    /** The deadline has passed. */
    abstract void timedOut();

    /** What the caller hears when there was no time for another attempt and nothing was applied. */
    final RetryableException notAnswered() {
        return lastFailure instanceof RetryableException refusal
                ? refusal
                : new NotReachableException("no peer answered " + route + " in time", lastFailure);
    }
}
