package io.fluxkeeper.client.cli;

import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.ZnodePath;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "get",
        sortOptions = false,
        description = {"Prints the data of a znode; data that is not text as base64:...", ""})
final class GetCommand extends ServiceCommand {
    @Option(names = "--stat", order = 1, description = "Print its stat too, below the data.")
    private boolean withStat;

    @ArgGroup
    private @Nullable FreshnessChoice freshness;

    @Parameters(paramLabel = "PATH", converter = Arguments.PathConverter.class, description = "The znode.")
    private ZnodePath path = ZnodePath.ROOT;

    @Override
    int run(Service service) throws InterruptedException {
        ServerReply.Data reply = service.await(service.forReads().get(path.value(), FreshnessChoice.of(freshness)));
        print(() -> text(reply), () -> json(reply));
        return Cli.OK;
    }

    private String text(ServerReply.Data reply) {
        String shown = Text.shown(reply.data());
        return withStat
                ? shown + System.lineSeparator() + String.join(System.lineSeparator(), Lines.of(reply.stat()))
                : shown;
    }

    private JsonLine json(ServerReply.Data reply) {
        JsonLine line = new JsonLine()
                .put("path", path.value())
                .put("zxid", reply.zxid().toString())
                .putData(reply.data());
        return withStat
                ? line.putStat(reply.stat())
                : line.put("version", reply.stat().version());
    }
}
