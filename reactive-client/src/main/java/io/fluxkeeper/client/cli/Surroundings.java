package io.fluxkeeper.client.cli;

import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** What a command finds around it: where to write, how, and the service. */
abstract class Surroundings {
    private final Console console;

    @Option(names = "--json", scope = ScopeType.INHERIT, order = 30, description = "Print one JSON object a line.")
    private boolean json;

    Surroundings(Console console) {
        this.console = console;
    }

    final Console console() {
        return console;
    }

    boolean json() {
        return json;
    }

    /** Not connected yet: that comes with the first request. */
    abstract Service service();

    /** Whether the session goes on when the command has ended, as in the shell. */
    abstract boolean outlivesCommand();
}
