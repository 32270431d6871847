package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.TreeEvent;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** A command that prints events, one a line, as they come. */
abstract class StreamCommand extends ServiceCommand {
    /** Events fetched ahead of printing; more wait in the service. */
    private static final int AHEAD = 64;

    /** Pulled on this thread: printing may block, and the client's event loop must not. @param count null for all */
    final void printEvents(Flux<TreeEvent> events, @Nullable Long count, boolean withData) {
        EventLines lines = new EventLines(withData);
        Flux<TreeEvent> wanted = count == null ? events : events.take(count);
        for (TreeEvent event : wanted.toIterable(AHEAD)) {
            print(() -> lines.text(event), () -> lines.json(event));
            if (isOutputClosed()) {
                return;
            }
        }
    }
}
