package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.SessionState;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.CreateMode;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

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

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "DATA",
            converter = Arguments.DataConverter.class,
            description = "Its data, as UTF-8; default none.")
    private @Nullable String data;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    int run(Service service) throws InterruptedException {
        check();
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
        SessionState last = service.await(client.sessionStates().last());
        String how = last instanceof SessionState.Expired ? "EXPIRED" : "CLOSED";
        surroundings().console().complain("SESSION_EXPIRED: the session is over (" + how + ") and its znode is gone");
        return Cli.REFUSED;
    }

    /** Whether a path is right depends on the mode, so it is not read by a converter as elsewhere. */
    private void check() {
        try {
            new Operation.Create(path, new byte[0], mode(), null);
        } catch (IllegalArgumentException wrong) {
            String message = "Invalid value for positional parameter at index 0 (PATH): " + wrong.getMessage();
            throw new ParameterException(Objects.requireNonNull(spec).commandLine(), message, wrong);
        }
    }

    private CreateMode mode() {
        if (ephemeral) {
            return sequential ? CreateMode.EPHEMERAL_SEQUENTIAL : CreateMode.EPHEMERAL;
        }
        return sequential ? CreateMode.PERSISTENT_SEQUENTIAL : CreateMode.PERSISTENT;
    }
}
