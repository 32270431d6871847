package io.fluxkeeper.client.cli;

import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "stat",
        sortOptions = false,
        description = {"Prints everything about a znode but its data.", ""})
final class StatCommand extends ServiceCommand {
    @ArgGroup
    private @Nullable FreshnessChoice freshness;

    @Parameters(paramLabel = "PATH", converter = Arguments.PathConverter.class, description = "The znode.")
    private ZnodePath path = ZnodePath.ROOT;

    @Override
    int run(Service service) throws InterruptedException {
        ServerReply.Existence reply =
                service.await(service.forReads().existence(path.value(), FreshnessChoice.of(freshness)));
        Stat stat = reply.stat();
        if (stat == null) {
            surroundings().console().complain("NO_NODE: " + path + " does not exist");
            return Cli.REFUSED;
        }
        print(
                () -> String.join(System.lineSeparator(), Lines.of(stat)),
                () -> new JsonLine()
                        .put("path", path.value())
                        .put("zxid", reply.zxid().toString())
                        .putStat(stat));
        return Cli.OK;
    }
}
