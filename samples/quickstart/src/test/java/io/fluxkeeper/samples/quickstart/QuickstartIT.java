package io.fluxkeeper.samples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the packaged jar as a reader of the README does. */
class QuickstartIT {
    @TempDir
    private Path temporary;

    @ParameterizedTest
    @ValueSource(strings = {"zab", "multi-paxos"})
    @Timeout(90)
    void theQuickstartKeepsItsPromisesAndLeavesNothingBehind(String consensus) throws Exception {
        Path output = temporary.resolve("output");
        Path directories = Files.createDirectory(temporary.resolve("tmp"));
        Process quickstart = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + directories,
                        "-jar",
                        Path.of("target", "quickstart.jar").toString(),
                        "--consensus=" + consensus)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(quickstart.waitFor(75, TimeUnit.SECONDS))
                    .as("ends by itself")
                    .isTrue();
            String printed = Files.readString(output);
            assertThat(quickstart.exitValue()).as(printed).isZero();
            assertThat(printed)
                    .contains("100 of 100 acknowledged, none failed")
                    .contains("saw versions 1 to 100, each exactly once, in order")
                    .contains("All peers stopped, their data removed.")
                    .containsPattern("writes stood +[0-9]+ ms after the kill");
            assertThat(leader(printed, "leads epoch [0-9]+;")).isNotNull();
            assertThat(List.of(printed.split("Killing"))).hasSize(2);
            assertThat(processesOf(directories)).isEmpty();
            assertHasNoEnsembleDirectory(directories);
        } finally {
            quickstart.destroyForcibly();
        }
    }

    private static String leader(String printed, String says) {
        Matcher matcher = Pattern.compile("Peer ([123]) " + says).matcher(printed);
        return matcher.find() ? matcher.group(1) : null;
    }

    /** The peers are known by the data directory on their command line. */
    private static List<ProcessHandle> processesOf(Path directories) {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().arguments().stream()
                        .flatMap(Stream::of)
                        .anyMatch(argument -> argument.startsWith(directories.toString())))
                .toList();
    }

    private static void assertHasNoEnsembleDirectory(Path directories) throws IOException {
        try (Stream<Path> left = Files.list(directories)) {
            assertThat(left.filter(path -> path.getFileName().toString().startsWith("fluxkeeper")))
                    .isEmpty();
        }
    }
}
