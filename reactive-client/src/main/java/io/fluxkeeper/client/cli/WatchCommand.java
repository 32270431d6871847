package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.WatchSpec;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.WatchScope;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "watch",
        sortOptions = false,
        description = {
            "Prints every change of a znode, one a line, none missed and none twice, also when peers fail.",
            "If changes are not kept as far back as --from, it prints RESET, the znodes there are, and EXACT instead.",
            "Runs until interrupted, or until --count lines.",
            ""
        })
final class WatchCommand extends StreamCommand {
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
            converter = Arguments.PositionConverter.class,
            description = "Changes after that transaction, as 4:17 or as a number; default from now on.")
    private @Nullable ChangePosition from;

    @Option(names = "--data", order = 9, description = "Print the data after each change too.")
    private boolean withData;

    @Override
    int run(Service service) throws InterruptedException {
        WatchSpec spec = WatchSpec.of(path, watchScope());
        spec = from == null ? spec : spec.from(from);
        printEvents(awaitPeer(service).watch(withData ? spec.includingData() : spec), withData);
        return Cli.OK;
    }

    private WatchScope watchScope() {
        if (scope == null) {
            return WatchScope.ZNODE;
        }
        return scope.children ? WatchScope.CHILDREN : WatchScope.SUBTREE;
    }
}
