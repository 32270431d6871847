package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.TreeEvent;
import io.fluxkeeper.core.znode.ZnodePath;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import reactor.core.publisher.Flux;

/** A command that prints events, one a line, as they come. */
abstract class StreamCommand extends ServiceCommand {
    /** Events fetched ahead of printing; more wait in the service. */
    private static final int AHEAD = 64;

    @Option(
            names = "--count",
            order = 8,
            paramLabel = "N",
            converter = Arguments.CountConverter.class,
            description = "End after so many lines.")
    private @Nullable Long count;

    @Parameters(paramLabel = "PATH", converter = Arguments.PathConverter.class, description = "It need not exist.")
    ZnodePath path = ZnodePath.ROOT;

    /**
     * Waits until a peer answers, no longer than the timeout: a stream may have no first event to wait for.
     *
     * @return the client to make it with
     */
    final FluxkeeperClient awaitPeer(Service service) throws InterruptedException {
        FluxkeeperClient client = service.forReads();
        service.awaitPossibly(client.exists(path.value()));
        return client;
    }

    /** Pulled on this thread: printing may block, and the client's event loop must not. */
    final void printEvents(Flux<TreeEvent> events, boolean withData) {
        EventLines lines = new EventLines(withData);
        Flux<TreeEvent> wanted = count == null ? events : events.take(count);
        Pulled<TreeEvent> pulled = new Pulled<>(wanted, AHEAD);
        while (pulled.hasNext()) {
            TreeEvent event = pulled.next();
            print(() -> lines.text(event), () -> lines.json(event));
            if (isOutputClosed()) {
                return;
            }
        }
    }
}
