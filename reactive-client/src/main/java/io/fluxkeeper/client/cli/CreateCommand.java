package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.SessionState;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.CreateMode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "create",
        sortOptions = false,
        description = {"Creates a znode and prints its path.", ""})
final class CreateCommand extends ServiceCommand {
    @Option(
            names = {"-e", "--ephemeral"},
            order = 1,
            description = "Goes with the session, which is held until this is interrupted, or the shell ends.")
    private boolean ephemeral;

    @Option(
            names = {"-s", "--sequential"},
            order = 2,
            description = "Ten digits, ascending, complete its name.")
    private boolean sequential;

    @Parameters(
            index = "0",
            paramLabel = "PATH",
            description = "Its path, from /; with --sequential before its number, and then it may end with /.")
    private String path = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "DATA", description = "Its data, as UTF-8; default none.")
    private @Nullable String data;

    @Override
    int run(Service service) throws InterruptedException {
        FluxkeeperClient client = service.forWrites();
        ServerReply.Created created =
                service.await(client.create(path, data == null ? null : data.getBytes(StandardCharsets.UTF_8), mode()));
        print(
                created.path()::value,
                () -> new JsonLine()
                        .put("path", created.path().value())
                        .put("zxid", created.zxid().toString())
                        .putStat(created.stat()));
        return ephemeral && !surroundings().outlivesCommand() ? hold(client, service) : Cli.OK;
    }

    /** Until interrupted; the session, and the znode with it, is ended on the way out. */
    private int hold(FluxkeeperClient client, Service service) throws InterruptedException {
        surroundings().console().out().flush();
        SessionState last = service.awaitPossibly(client.sessionStates().last());
        surroundings().console().complain("SESSION_EXPIRED: the session is over (" + last + ") and its znode is gone");
        service.forget();
        return Cli.REFUSED;
    }

    private CreateMode mode() {
        if (ephemeral) {
            return sequential ? CreateMode.EPHEMERAL_SEQUENTIAL : CreateMode.EPHEMERAL;
        }
        return sequential ? CreateMode.PERSISTENT_SEQUENTIAL : CreateMode.PERSISTENT;
    }
}
