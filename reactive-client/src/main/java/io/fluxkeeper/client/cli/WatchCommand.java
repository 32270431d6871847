package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.WatchEvent;
import io.fluxkeeper.client.WatchSpec;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.znode.ZnodePath;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import reactor.core.publisher.Flux;

@Command(
        name = "watch",
        sortOptions = false,
        description = {
            "Prints every change of a znode, one a line, none missed and none twice, also when peers fail.",
            "Runs until interrupted, or until --count changes.",
            ""
        })
final class WatchCommand extends ServiceCommand {
    /** Events fetched ahead of printing; more wait in the service. */
    private static final int AHEAD = 64;

    /** How far to look, one or the other. */
    private static final class Scope {
        @Option(names = "--children", order = 1, description = "Changes of its children.")
        private boolean children;

        @Option(names = "--subtree", order = 2, description = "Changes of the znode and all below it.")
        private boolean subtree;
    }

    @ArgGroup
    private @Nullable Scope scope;

    @Option(
            names = "--from",
            order = 3,
            paramLabel = "ZXID",
            converter = Arguments.ZxidConverter.class,
            description = "Changes after that transaction, as 4:17 or as a number; default from now on.")
    private @Nullable Zxid from;

    @Option(
            names = "--count",
            order = 4,
            paramLabel = "N",
            converter = Arguments.CountConverter.class,
            description = "End after so many changes.")
    private @Nullable Long count;

    @Option(names = "--data", order = 5, description = "Print the data after each change too.")
    private boolean withData;

    @Parameters(paramLabel = "PATH", converter = Arguments.PathConverter.class, description = "It need not exist.")
    private ZnodePath path = ZnodePath.ROOT;

    @Override
    int run(Service service) throws InterruptedException {
        WatchSpec spec = new WatchSpec(path, watchScope(), from == null ? null : ChangePosition.after(from), withData);
        Flux<WatchEvent> events = service.forReads().watch(spec);
        if (count != null) {
            events = events.take(count);
        }
        // Pulled on this thread: printing may block, and the client's event loop must not.
        for (WatchEvent event : events.toIterable(AHEAD)) {
            print(() -> text(event), () -> json(event));
            if (isOutputClosed()) {
                break;
            }
        }
        return Cli.OK;
    }

    private WatchScope watchScope() {
        if (scope == null) {
            return WatchScope.ZNODE;
        }
        return scope.children ? WatchScope.CHILDREN : WatchScope.SUBTREE;
    }

    private String text(WatchEvent event) {
        StringBuilder line = new StringBuilder()
                .append(event.zxid())
                .append(' ')
                .append(event.type())
                .append(' ')
                .append(event.path());
        if (event.stat() != null) {
            line.append(" version ").append(event.stat().version());
        }
        if (withData && event.stat() != null) {
            line.append(' ').append(event.data() == null ? "null" : quoted(event.data()));
        }
        return line.toString();
    }

    /** On one line, whatever the data is. */
    private static String quoted(byte[] data) {
        String text = Text.of(data);
        return text == null ? Text.BASE64 + Text.base64(data) : JsonLine.quote(text);
    }

    private JsonLine json(WatchEvent event) {
        JsonLine line = new JsonLine()
                .put("zxid", event.zxid().toString())
                .put("type", event.type().name())
                .put("path", event.path().value())
                .putStat(event.stat());
        return withData ? line.putData(event.data()) : line;
    }
}
