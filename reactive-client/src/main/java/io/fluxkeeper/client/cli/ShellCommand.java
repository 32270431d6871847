package io.fluxkeeper.client.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

@Command(
        name = "shell",
        sortOptions = false,
        description = {
            "Reads commands, with history and completion of commands and paths, in one session.",
            "Ends with exit, or with the end of its input; its exit code is that of the last command.",
            ""
        })
final class ShellCommand extends ServiceCommand {
    private static final String PROMPT = "fluxkeeper> ";
    private static final String HISTORY_FILE = ".fluxkeeper_history";

    @Override
    int run(Service service) throws InterruptedException {
        service.forWrites(); // refuses to begin where there is nobody to talk to
        Console console = surroundings().console();
        try {
            return isTerminal(console) ? interactive(service, console) : piped(service, console);
        } catch (IOException broken) {
            console.complain("the input cannot be read: " + broken.getMessage());
            return Cli.USAGE;
        }
    }

    private int interactive(Service service, Console console) throws IOException, InterruptedException {
        try (Terminal terminal = TerminalBuilder.builder()
                .name("fluxkeeper")
                .system(true)
                .dumb(true)
                .build()) {
            LineReader reader = LineReaderBuilder.builder()
                    .terminal(terminal)
                    .appName("fluxkeeper")
                    .completer(new ShellCompleter(service))
                    .variable(LineReader.HISTORY_FILE, Path.of(System.getProperty("user.home"), HISTORY_FILE))
                    .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                    .build();
            // Ctrl-C ends the command, not the shell.
            Thread shell = Thread.currentThread();
            terminal.handle(Terminal.Signal.INT, signal -> shell.interrupt());
            return run(() -> prompted(reader, console), service, console);
        }
    }

    private static @Nullable String prompted(LineReader reader, Console console) {
        while (!console.ending().get()) {
            Thread.interrupted(); // a signal that came after its command is for nobody
            try {
                return reader.readLine(PROMPT);
            } catch (UserInterruptException lineGivenUp) {
                // As in other shells, Ctrl-C at the prompt clears the line.
            } catch (EndOfFileException end) {
                return null;
            }
        }
        return null;
    }

    /** Without terminal, prompt and history: a script. */
    private int piped(Service service, Console console) throws IOException, InterruptedException {
        return run(new PipedLines(console.in())::next, service, console);
    }

    /** @return the exit code of the last command */
    private int run(Source lines, Service service, Console console) throws IOException, InterruptedException {
        int code = Cli.OK;
        for (String line = lines.next(); line != null; line = lines.next()) {
            List<String> words;
            try {
                words = Words.of(line);
            } catch (IllegalArgumentException wrong) {
                console.complain(String.valueOf(wrong.getMessage()));
                code = Cli.USAGE;
                continue;
            }
            if (words.equals(List.of("exit")) || words.equals(List.of("quit"))) {
                return code;
            }
            if (!words.isEmpty()) {
                code = runLine(words, service, console);
            }
            if (console.ending().get()) {
                return Cli.INTERRUPTED; // what was written behind a command that was ended is not meant any more
            }
        }
        return code;
    }

    /** Where the lines come from. */
    private interface Source {
        /** @return null at the end */
        @Nullable String next() throws IOException, InterruptedException;
    }

    private int runLine(List<String> words, Service service, Console console) {
        List<String> args = new ArrayList<>(words);
        if (args.get(0).equals("help")) { // "help get" is "get --help"
            args.remove(0);
            args.add("--help");
        }
        try {
            return Cli.commandLine(
                            new ShellLine(console, service, surroundings().json()), console)
                    .execute(args.toArray(String[]::new));
        } finally {
            console.out().flush();
        }
    }

    /** Whether the command talks to the terminal of this process, and not to streams given to it. */
    private static boolean isTerminal(Console console) {
        return console.in() == System.in && System.console() != null;
    }
}
