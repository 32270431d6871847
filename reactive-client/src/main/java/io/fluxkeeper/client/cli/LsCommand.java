package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.NoNodeException;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "ls",
        sortOptions = false,
        description = {"Lists the children of a znode, in order.", ""})
final class LsCommand extends ServiceCommand {
    /** Asked for at once; ten thousand names of the longest kind would not fit a reply. */
    private static final int PAGE = 1_000;

    @Option(
            names = {"-R", "--recursive"},
            order = 1,
            description = "The znode and everything below it, as paths.")
    private boolean recursive;

    @Parameters(paramLabel = "PATH", converter = Arguments.PathConverter.class, description = "The znode.")
    private ZnodePath path = ZnodePath.ROOT;

    @Override
    int run(Service service) throws InterruptedException {
        FluxkeeperClient client = service.forReads();
        if (recursive) {
            listBelow(service, client);
        } else {
            list(service, client, path, name -> {
                ZnodePath child = path.child(name);
                print(() -> name, () -> new JsonLine().put("name", name).put("path", child.value()));
                return !isOutputClosed();
            });
        }
        return Cli.OK;
    }

    /** Parents before children, siblings in order; each listing is of its own moment. */
    private void listBelow(Service service, FluxkeeperClient client) throws InterruptedException {
        Deque<ZnodePath> toList = new ArrayDeque<>();
        toList.push(path);
        while (!toList.isEmpty()) {
            ZnodePath next = toList.pop();
            List<ZnodePath> children = new ArrayList<>();
            try {
                list(service, client, next, name -> children.add(next.child(name)));
            } catch (NoNodeException gone) {
                if (next.equals(path)) {
                    throw gone;
                }
                continue; // deleted since its parent was listed
            }
            print(next::value, () -> new JsonLine().put("path", next.value()));
            if (isOutputClosed()) {
                return;
            }
            for (int i = children.size() - 1; i >= 0; i--) {
                toList.push(children.get(i));
            }
        }
    }

    /** @param names takes each name, and says whether it wants more */
    private static void list(Service service, FluxkeeperClient client, ZnodePath parent, Predicate<String> names)
            throws InterruptedException {
        @Nullable String after = null;
        while (true) {
            ServerReply.ChildNames page = service.await(client.children(parent.value(), after, PAGE));
            for (String name : page.names()) {
                if (!names.test(name)) {
                    return;
                }
                after = name;
            }
            if (!page.more() || page.names().isEmpty()) {
                return;
            }
        }
    }
}
