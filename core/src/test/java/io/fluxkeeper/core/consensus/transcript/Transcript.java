package io.fluxkeeper.core.consensus.transcript;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * A file of blocks: a command, {@code ----}, what followed from it, an empty line. A command that begins with {@code
 * quietly} has nothing below it. Lines that begin with {@code #} before a command are for the reader. {@code -Dtranscripts.rewrite=true} writes down what follows now.
 */
public final class Transcript {
    private static final Path RESOURCES =
            Path.of(System.getProperty("basedir", ".")).resolve("src/test/resources/transcripts");
    private static final String RULE = "----";

    private final Path file;

    private Transcript(Path file) {
        this.file = file;
    }

    /** A test for each file of that folder. @param stage makes an ensemble of the algorithm that is to play them */
    public static Stream<DynamicTest> testsIn(String folder, Stage stage) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.list(RESOURCES.resolve(folder))) {
            files = found.filter(file -> file.toString().endsWith(".txt"))
                    .sorted()
                    .toList();
        }
        assertThat(files).as("transcripts of %s", folder).isNotEmpty();
        return files.stream()
                .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> {
                    TranscriptPlayer player = new TranscriptPlayer(stage);
                    new Transcript(file).compare(player::play);
                }));
    }

    private void compare(Function<String, List<String>> play) throws IOException {
        String before = Files.readString(file);
        String after = String.join("\n", played(before.lines().toList(), play)) + "\n";
        if (Boolean.getBoolean("transcripts.rewrite")) {
            Files.writeString(file, after);
        } else {
            assertThat(after)
                    .as("%s: understand first why it changed; then -Dtranscripts.rewrite=true writes it down", file)
                    .isEqualTo(before);
        }
    }

    private static List<String> played(List<String> lines, Function<String, List<String>> play) {
        List<String> all = new ArrayList<>();
        boolean result = false;
        for (String line : lines) {
            if (line.equals(RULE)) {
                result = true;
            } else if (line.isEmpty() && result) {
                result = false;
                all.add("");
            } else if (!result) {
                all.add(line);
                if (!line.isEmpty() && !line.startsWith("#")) {
                    List<String> followed = play.apply(line);
                    if (!line.startsWith("quietly ")) {
                        all.add(RULE);
                        all.addAll(followed);
                    }
                }
            }
        }
        return all;
    }
}
