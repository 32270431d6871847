package io.fluxkeeper.client.cli;

import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.ZnodePath;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "set",
        sortOptions = false,
        description = {"Replaces the data of a znode and prints its new version.", ""})
final class SetCommand extends ServiceCommand {
    @Option(
            names = "--version",
            order = 1,
            paramLabel = "N",
            converter = Arguments.VersionConverter.class,
            description = "Only if this is its version.")
    private int version = Operation.ANY_VERSION;

    @Parameters(index = "0", paramLabel = "PATH", converter = Arguments.PathConverter.class, description = "The znode.")
    private ZnodePath path = ZnodePath.ROOT;

    @Parameters(
            index = "1",
            paramLabel = "DATA",
            converter = Arguments.DataConverter.class,
            description = "Its new data, as UTF-8.")
    private String data = "";

    @Override
    int run(Service service) throws InterruptedException {
        ServerReply.DataSet reply =
                service.await(service.forWrites().set(path.value(), data.getBytes(StandardCharsets.UTF_8), version));
        print(
                () -> "version " + reply.stat().version(),
                () -> new JsonLine()
                        .put("path", path.value())
                        .put("zxid", reply.zxid().toString())
                        .putStat(reply.stat()));
        return Cli.OK;
    }
}
