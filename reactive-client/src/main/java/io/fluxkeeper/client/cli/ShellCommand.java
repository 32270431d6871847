package io.fluxkeeper.client.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;
import org.jline.reader.SyntaxError;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
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
    private static final Pattern QUOTES = Pattern.compile("(\"\"|'')$");
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

    private int interactive(Service service, Console console) throws IOException {
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
            int code = Cli.OK;
            while (true) {
                try {
                    reader.readLine(PROMPT);
                } catch (UserInterruptException lineGivenUp) {
                    continue; // as in other shells, Ctrl-C at the prompt clears the line
                } catch (EndOfFileException end) {
                    return code;
                }
                List<String> words = wordsOf(reader.getParsedLine());
                if (isExit(words)) {
                    return code;
                }
                code = runLine(words, service, console, code);
                Thread.interrupted(); // a signal that came too late is for nobody
            }
        }
    }

    /** Without terminal, prompt and history: a script. */
    private int piped(Service service, Console console) throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(console.in(), StandardCharsets.UTF_8));
        DefaultParser parser = new DefaultParser();
        int code = Cli.OK;
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            List<String> words;
            try {
                words = wordsOf(parser.parse(line, line.length(), Parser.ParseContext.ACCEPT_LINE));
            } catch (SyntaxError unclosed) {
                console.complain(unclosed.getMessage() + " in: " + line);
                code = Cli.USAGE;
                continue;
            }
            if (isExit(words)) {
                return code;
            }
            code = runLine(words, service, console, code);
        }
        return code;
    }

    /** @param before the exit code so far, which stays with an empty line */
    private int runLine(List<String> words, Service service, Console console, int before) {
        if (words.isEmpty()) {
            return before;
        }
        try {
            return Cli.commandLine(
                            new ShellLine(console, service, surroundings().json()), console)
                    .execute(words.toArray(String[]::new));
        } finally {
            console.out().flush();
        }
    }

    private static boolean isExit(List<String> words) {
        return words.size() == 1 && (words.get(0).equals("exit") || words.get(0).equals("quit"));
    }

    /** {@code help get} is {@code get --help}. */
    private static List<String> wordsOf(ParsedLine line) {
        List<String> words = new ArrayList<>(line.words());
        // A blank, or nothing, at the end begins an empty word; a pair of quotes is one that was meant.
        if (!words.isEmpty()
                && words.get(words.size() - 1).isEmpty()
                && !QUOTES.matcher(line.line()).find()) {
            words.remove(words.size() - 1);
        }
        if (!words.isEmpty() && words.get(0).equals("help")) {
            words.remove(0);
            words.add("--help");
        }
        return words;
    }

    /** Whether the command talks to the terminal of this process, and not to streams given to it. */
    private static boolean isTerminal(Console console) {
        return console.in() == System.in && System.console() != null;
    }
}
