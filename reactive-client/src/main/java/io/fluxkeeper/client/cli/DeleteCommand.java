package io.fluxkeeper.client.cli;

import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.ZnodePath;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        sortOptions = false,
        description = {"Deletes a znode that has no children. Prints nothing, but with --json its path.", ""})
final class DeleteCommand extends ServiceCommand {
    @Option(
            names = "--version",
            order = 1,
            paramLabel = "N",
            converter = Arguments.VersionConverter.class,
            description = "Only if this is its version.")
    private int version = Operation.ANY_VERSION;

    @Parameters(paramLabel = "PATH", converter = Arguments.PathConverter.class, description = "The znode.")
    private ZnodePath path = ZnodePath.ROOT;

    @Override
    int run(Service service) throws InterruptedException {
        ServerReply.Deleted reply = service.await(service.forWrites().delete(path.value(), version));
        if (surroundings().json()) {
            print(
                    () -> "",
                    () -> new JsonLine()
                            .put("path", path.value())
                            .put("zxid", reply.zxid().toString()));
        }
        return Cli.OK;
    }
}
