package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.ObserveSpec;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

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

    @Option(names = "--data", order = 9, description = "Print the data of each znode too.")
    private boolean withData;

    @Override
    int run(Service service) throws InterruptedException {
        printEvents(awaitPeer(service).observe(new ObserveSpec(path, depth, withData)), withData);
        return Cli.OK;
    }
}
