package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.FluxkeeperException;
import io.fluxkeeper.client.ListingEndedException;
import io.fluxkeeper.client.NotReachableException;
import io.fluxkeeper.client.OutcomeUnknownException;
import io.fluxkeeper.client.RefusedException;
import io.fluxkeeper.client.RetryableException;
import io.fluxkeeper.client.SubscriberStalledException;
import reactor.core.Exceptions;

/** What a failure means for whoever called: a line and an exit code. */
final class Failures {
    private Failures() {}

    /** @return the exit code */
    static int report(Throwable thrown, Console console) {
        Throwable failure = Exceptions.unwrap(thrown);
        if (failure instanceof InterruptedException) {
            return Cli.INTERRUPTED;
        }
        console.complain(inWords(failure));
        return exitCode(failure);
    }

    private static int exitCode(Throwable failure) {
        if (failure instanceof NotReachableException || failure instanceof OutcomeUnknownException) {
            return Cli.NOT_REACHABLE;
        }
        // Without a code of the service the reason lies on this side: nobody was reached who could have refused.
        if (failure instanceof RetryableException busy && busy.code() == null) {
            return Cli.NOT_REACHABLE;
        }
        return Cli.REFUSED;
    }

    private static String inWords(Throwable failure) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        if (failure instanceof ListingEndedException ended && ended.after() != null) {
            return message + " (--after " + ended.after() + ")";
        }
        if (failure instanceof RefusedException refused && refused.path() != null) {
            String path = refused.path();
            return message.contains(path) ? message : message + " (" + path + ")";
        }
        if (failure instanceof SubscriberStalledException stalled && stalled.position() != null) {
            return "SUBSCRIBER_STALLED: " + message + "; go on with --from "
                    + Arguments.PositionConverter.text(stalled.position());
        }
        return failure instanceof FluxkeeperException ? message : "unexpected: " + message;
    }
}
