package io.fluxkeeper.client.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine;

/** Runs a command line and says how it went: every failure is one line, without a stack trace. */
public final class Cli {
    static final int OK = 0;
    /** The service decided against it. */
    static final int REFUSED = 1;
    /** The command line itself is wrong. */
    static final int USAGE = 2;
    /** No peer, or no answer, within {@code --timeout}. */
    static final int NOT_REACHABLE = 3;
    /** What was to be printed could not be; EX_IOERR of sysexits.h. */
    static final int OUTPUT_LOST = 74;
    /** 128 + SIGINT, as a shell has it. */
    static final int INTERRUPTED = 130;

    private Cli() {}

    /**
     * Runs one command line to its end, on the calling thread. Interrupting the thread ends what waits; a session is
     * closed before this returns. Streams are flushed, not closed.
     *
     * @param ending set, by any thread, before the interrupt that is to end all of it: in a shell another ends one
     *     command
     * @return the exit code
     */
    public static int run(String[] args, InputStream in, PrintStream out, PrintStream err, AtomicBoolean ending) {
        Console console = new Console(in, out, err, ending);
        try (Root root = new Root(console)) {
            return commandLine(root, console).execute(args);
        } finally {
            out.flush();
            err.flush();
        }
    }

    /** The same for the process and for a line in the shell. */
    static CommandLine commandLine(Surroundings root, Console console) {
        CommandLine commandLine = new CommandLine(root);
        // Negative numbers are values, not clusters of options: `set --version -1 /a x`.
        commandLine.setUnmatchedOptionsArePositionalParams(false);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
        commandLine.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
        commandLine.setParameterExceptionHandler((wrong, args) -> {
            console.complain(wrong.getMessage() + " ("
                    + wrong.getCommandLine().getCommandSpec().qualifiedName().strip() + " --help says more)");
            return USAGE;
        });
        commandLine.setExecutionExceptionHandler((failure, at, parsed) -> Failures.report(failure, console));
        return commandLine;
    }
}
