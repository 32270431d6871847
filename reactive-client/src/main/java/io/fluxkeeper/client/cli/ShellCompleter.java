package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.FluxkeeperException;
import java.util.ArrayList;
import java.util.List;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/** Completes the first word as a command, and words that begin with a slash as paths of znodes that exist. */
final class ShellCompleter implements Completer {
    static final List<String> COMMANDS =
            List.of("create", "delete", "exit", "get", "help", "ls", "observe", "set", "stat", "status", "watch");

    /** Most names offered; who has more goes on typing. */
    private static final int NAMES_MAX = 200;

    private final Service service;

    ShellCompleter(Service service) {
        this.service = service;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        if (line.wordIndex() == 0) {
            COMMANDS.forEach(command -> candidates.add(new Candidate(command)));
        } else if (line.word().startsWith("/")) {
            paths(line.word())
                    .forEach(path -> candidates.add(new Candidate(path, path, null, null, null, null, false)));
        }
    }

    /** Paths of the children of the directory part that begin with the word; none when the service does not say. */
    List<String> paths(String word) {
        int slash = word.lastIndexOf('/');
        String parent = slash == 0 ? "/" : word.substring(0, slash);
        String prefix = word.substring(0, slash + 1);
        String begun = word.substring(slash + 1);
        try {
            FluxkeeperClient client = service.forWrites();
            List<String> names = new ArrayList<>();
            if (!begun.isEmpty() && service.awaitPossibly(client.exists(word)) != null) {
                names.add(begun);
            }
            // Names are in order: those that begin with what is typed come right behind it.
            String after = begun.isEmpty() ? null : begun;
            names.addAll(
                    service.await(client.children(parent, after, NAMES_MAX)).names());
            return names.stream()
                    .filter(name -> name.startsWith(begun))
                    .map(name -> prefix + name)
                    .toList();
        } catch (FluxkeeperException noAnswer) {
            return List.of();
        } catch (InterruptedException givenUp) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }
}
