package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.ObserveSpec;
import io.fluxkeeper.core.znode.ZnodePath;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "observe",
        sortOptions = false,
        description = {
            "Prints a znode and all below it as they are, then every change, one a line.",
            "RESET begins the state and EXACT ends it. Runs until interrupted, or until --count lines.",
            ""
        })
final class ObserveCommand extends StreamCommand {
    @Option(
            names = "--depth",
            order = 1,
            paramLabel = "N",
            converter = Arguments.LevelsConverter.class,
            description = "Only so many levels below PATH; 0 for the znode alone.")
    private @Nullable Integer depth;

    @Option(
            names = "--count",
            order = 2,
            paramLabel = "N",
            converter = Arguments.CountConverter.class,
            description = "End after so many lines.")
    private @Nullable Long count;

    @Option(names = "--data", order = 3, description = "Print the data of each znode too.")
    private boolean withData;

    @Parameters(paramLabel = "PATH", converter = Arguments.PathConverter.class, description = "It need not exist.")
    private ZnodePath path = ZnodePath.ROOT;

    @Override
    int run(Service service) throws InterruptedException {
        printEvents(service.forReads().observe(new ObserveSpec(path, depth, withData)), count, withData);
        return Cli.OK;
    }
}
