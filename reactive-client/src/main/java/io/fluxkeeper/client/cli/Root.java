package io.fluxkeeper.client.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line of the process: which service, and how long to wait for it. */
@Command(
        name = "fluxkeeper",
        sortOptions = false,
        mixinStandardHelpOptions = false,
        versionProvider = Root.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        description = {"Reads, writes and watches the znodes of a Fluxkeeper ensemble.", ""},
        commandListHeading = "%nCommands (COMMAND --help says more):%n",
        footer = {"", "Exit codes: 0 done, 1 refused by the service, 2 wrong usage, 3 not reachable within --timeout."},
        subcommands = {
            CreateCommand.class,
            GetCommand.class,
            SetCommand.class,
            DeleteCommand.class,
            LsCommand.class,
            StatCommand.class,
            WatchCommand.class,
            ObserveCommand.class,
            StatusCommand.class,
            ShellCommand.class
        })
final class Root extends Surroundings implements AutoCloseable {
    /** Where a peer listens that was started with nothing else. */
    static final String ADDRESS_DEFAULT = "127.0.0.1:7400";

    /** As long as a session, so that an election fits in. */
    static final String TIMEOUT_DEFAULT = "10s";

    @Option(
            names = {"-c", "--connect"},
            split = ",",
            scope = ScopeType.INHERIT,
            order = 10,
            paramLabel = "HOST:PORT[,...]",
            hideParamSyntax = true,
            defaultValue = ADDRESS_DEFAULT,
            description = "Peers; any one will do. Default: ${DEFAULT-VALUE}")
    private String[] addresses = {ADDRESS_DEFAULT};

    @Option(
            names = "--timeout",
            scope = ScopeType.INHERIT,
            order = 20,
            paramLabel = "TIME",
            converter = Arguments.TimeConverter.class,
            defaultValue = TIMEOUT_DEFAULT,
            description = "Longest wait for the service, as 500ms, 10s or 2m. Default: ${DEFAULT-VALUE}")
    private Duration timeout = Duration.ofSeconds(10);

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            order = 40,
            description = "Print this.")
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            order = 50,
            description = "Print the version.")
    private boolean version;

    @Spec
    private @Nullable CommandSpec spec;

    private @Nullable Service service;

    Root(Console console) {
        super(console);
    }

    @Override
    Service service() {
        Service known = service;
        if (known == null) {
            known = newService();
            service = known;
        }
        return known;
    }

    @Override
    boolean outlivesCommand() {
        return false;
    }

    private Service newService() {
        try {
            return new Service(addresses, timeout);
        } catch (IllegalArgumentException wrong) {
            if (spec == null) {
                throw wrong;
            }
            throw new ParameterException(spec.commandLine(), "--connect: " + wrong.getMessage(), wrong);
        }
    }

    @Override
    public void close() {
        if (service != null) {
            service.close();
        }
    }

    /** Of the jar it runs from; while developing, from classes, there is none. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Root.class.getPackage().getImplementationVersion();
            return new String[] {"fluxkeeper " + (version == null ? "(built from source)" : version)};
        }
    }
}
