package io.fluxkeeper.client.cli;

import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "stat",
        sortOptions = false,
        description = {"Prints everything about a znode but its data.", ""})
final class StatCommand extends ServiceCommand {
    @Parameters(paramLabel = "PATH", converter = Arguments.PathConverter.class, description = "The znode.")
    private ZnodePath path = ZnodePath.ROOT;

    @Override
    int run(Service service) throws InterruptedException {
        Stat stat = service.awaitPossibly(service.forReads().exists(path.value()));
        if (stat == null) {
            surroundings().console().complain("NO_NODE: " + path + " does not exist");
            return Cli.REFUSED;
        }
        print(
                () -> String.join(System.lineSeparator(), Lines.of(stat)),
                () -> new JsonLine().put("path", path.value()).putStat(stat));
        return Cli.OK;
    }
}
