package io.fluxkeeper.client.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** One line in the shell: the same commands, at the shell's own service. */
@Command(
        name = "",
        sortOptions = false,
        synopsisSubcommandLabel = "COMMAND",
        description = {"Commands of the shell; exit ends it.", ""},
        commandListHeading = "%nCommands (COMMAND --help says more):%n",
        subcommands = {
            CreateCommand.class,
            GetCommand.class,
            SetCommand.class,
            DeleteCommand.class,
            LsCommand.class,
            StatCommand.class,
            WatchCommand.class,
            ObserveCommand.class,
            StatusCommand.class
        })
final class ShellLine extends Surroundings {
    private final Service service;
    private final boolean alwaysJson;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            order = 40,
            description = "Print this.")
    private boolean help;

    ShellLine(Console console, Service service, boolean alwaysJson) {
        super(console);
        this.service = service;
        this.alwaysJson = alwaysJson;
    }

    @Override
    Service service() {
        return service;
    }

    @Override
    boolean outlivesCommand() {
        return true;
    }

    @Override
    boolean json() {
        return alwaysJson || super.json();
    }
}
