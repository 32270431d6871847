package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.ChildrenSpec;
import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.NoNodeException;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "ls",
        sortOptions = false,
        description = {"Lists the children of a znode, in order.", ""})
final class LsCommand extends ServiceCommand {
    /** Names fetched ahead of printing; more wait in the service. */
    private static final int AHEAD = 256;

    @ArgGroup
    private Manner manner = new Manner();

    @Option(
            names = "--after",
            order = 2,
            paramLabel = "NAME",
            description = "Only names behind that one, to go on with a listing.")
    private @Nullable String after;

    @ArgGroup
    private @Nullable FreshnessChoice freshness;

    @Parameters(paramLabel = "PATH", converter = Arguments.PathConverter.class, description = "The znode.")
    private ZnodePath path = ZnodePath.ROOT;

    @Override
    int run(Service service) throws InterruptedException {
        FluxkeeperClient client = service.forReads();
        ChildrenSpec spec = ChildrenSpec.of(path.value()).after(after).as(FreshnessChoice.of(freshness));
        if (manner.recursive) {
            listBelow(client, spec);
        } else {
            Iterator<String> names = names(client, manner.pinned ? spec.asOfOneMoment() : spec);
            while (names.hasNext() && !isOutputClosed()) {
                String name = names.next();
                print(
                        () -> name,
                        () -> new JsonLine()
                                .put("name", name)
                                .put("path", path.child(name).value()));
            }
        }
        return Cli.OK;
    }

    /** Parents before children, siblings in order; each listing is of its own moment, and only its next page is kept. */
    private void listBelow(FluxkeeperClient client, ChildrenSpec top) {
        Deque<Level> open = new ArrayDeque<>();
        printAndDescend(path, names(client, top), open);
        while (!open.isEmpty() && !isOutputClosed()) {
            ZnodePath child = open.getFirst().next();
            if (child == null) {
                open.pop();
                continue;
            }
            try {
                printAndDescend(child, names(client, ChildrenSpec.of(child.value())), open);
            } catch (NoNodeException gone) {
                continue; // deleted since its parent was listed
            }
        }
    }

    /** Prints nothing when the znode is not there. */
    private void printAndDescend(ZnodePath znode, Iterator<String> names, Deque<Level> open) {
        boolean hasChildren = names.hasNext();
        print(znode);
        if (hasChildren) {
            open.push(new Level(znode, names));
        }
    }

    private void print(ZnodePath znode) {
        print(znode::value, () -> new JsonLine().put("path", znode.value()));
    }

    private static Iterator<String> names(FluxkeeperClient client, ChildrenSpec spec) {
        return new Pulled<>(client.childNames(spec), AHEAD);
    }

    /** A pin holds the children of one znode, so what goes further down has none. */
    private static final class Manner {
        @Option(
                names = {"-R", "--recursive"},
                order = 1,
                description = "The znode and everything below it, as paths.")
        private boolean recursive;

        @Option(names = "--pinned", order = 3, description = "All names of one moment; for 60 s at most.")
        private boolean pinned;
    }

    /** The children of one znode that are still to be printed. */
    private record Level(ZnodePath parent, Iterator<String> names) {
        /** Null when there is none any more. */
        @Nullable ZnodePath next() {
            try {
                return names.hasNext() ? parent.child(names.next()) : null;
            } catch (NoNodeException gone) {
                return null; // the parent was deleted while it was listed
            }
        }
    }
}
