package io.fluxkeeper.client.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.SyntaxError;
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
        try (Terminal terminal = terminal(console)) {
            return readLines(service, console, terminal);
        } catch (IOException broken) {
            console.complain("the terminal cannot be used: " + broken.getMessage());
            return Cli.USAGE;
        }
    }

    private int readLines(Service service, Console console, Terminal terminal) {
        LineReader reader = LineReaderBuilder.builder()
                .terminal(terminal)
                .appName("fluxkeeper")
                .completer(new ShellCompleter(service))
                .variable(LineReader.HISTORY_FILE, Path.of(System.getProperty("user.home"), HISTORY_FILE))
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .build();
        boolean interactive = isOwn(console);
        if (!interactive) {
            reader.setVariable(LineReader.DISABLE_HISTORY, true);
        }
        int code = Cli.OK;
        while (true) {
            ParsedLine line = next(reader, interactive, console);
            if (line == null || isExit(line)) {
                return code;
            }
            if (!line.line().isBlank()) {
                code = runLine(line, service, console, terminal);
            }
        }
    }

    /** @return null at the end of the input */
    private static @Nullable ParsedLine next(LineReader reader, boolean interactive, Console console) {
        while (true) {
            try {
                reader.readLine(interactive ? PROMPT : "");
                return reader.getParsedLine();
            } catch (UserInterruptException lineGivenUp) {
                // Ctrl-C at the prompt clears the line, as in other shells.
            } catch (SyntaxError unclosed) {
                console.complain(String.valueOf(unclosed.getMessage()));
            } catch (EndOfFileException end) {
                return null;
            }
        }
    }

    private static boolean isExit(ParsedLine line) {
        return !line.words().isEmpty()
                && (line.words().get(0).equals("exit") || line.words().get(0).equals("quit"));
    }

    /** Ctrl-C ends the command, not the shell. */
    private int runLine(ParsedLine line, Service service, Console console, Terminal terminal) {
        Thread running = Thread.currentThread();
        Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, signal -> running.interrupt());
        try {
            return Cli.commandLine(new ShellLine(console, service, surroundings().json()), console)
                    .execute(words(line));
        } finally {
            terminal.handle(Terminal.Signal.INT, before);
            Thread.interrupted(); // a signal that came too late is for nobody
            console.out().flush();
        }
    }

    /** {@code help get} is {@code get --help}. */
    private static String[] words(ParsedLine line) {
        List<String> words = new ArrayList<>(line.words());
        if (!line.line().endsWith("\"\"")) {
            words.removeIf(String::isEmpty); // a blank at the end of the line begins an empty word
        }
        if (words.get(0).equals("help")) {
            words.remove(0);
            words.add("--help");
        }
        return words.toArray(String[]::new);
    }

    private static Terminal terminal(Console console) throws IOException {
        TerminalBuilder builder = TerminalBuilder.builder().name("fluxkeeper").dumb(true);
        return isOwn(console)
                ? builder.system(true).build()
                : builder.system(false).streams(console.in(), console.out()).type(Terminal.TYPE_DUMB).build();
    }

    /** Whether it talks to the terminal of this process, and not to streams given to it. */
    private static boolean isOwn(Console console) {
        return console.in() == System.in && System.console() != null;
    }
}
