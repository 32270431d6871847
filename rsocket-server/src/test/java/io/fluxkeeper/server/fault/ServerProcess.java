package io.fluxkeeper.server.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One peer as an operator runs it: the packaged jar in a process of its own, its output in a file. */
final class ServerProcess {
    private static final Path JAR = Path.of("target", "fluxkeeper-server.jar").toAbsolutePath();
    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

    final int id;
    final String clientAddress;
    private final Path data;
    private final Path output;
    private final List<String> command;
    private Process process;

    ServerProcess(int id, String ensemble, String clientAddress, Path directory) {
        this.id = id;
        this.clientAddress = clientAddress;
        data = directory.resolve("data-" + id);
        output = directory.resolve("peer-" + id + ".log");
        command = List.of(
                JAVA.toString(),
                "-Xmx256m",
                "-jar",
                JAR.toString(),
                "--id",
                Integer.toString(id),
                "--ensemble",
                ensemble,
                "--data",
                data.toString());
    }

    void start() {
        try {
            process = new ProcessBuilder(new ArrayList<>(command))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGKILL, and waits until the process is gone. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** SIGTERM, and waits for the end. @return the exit code */
    int terminate() {
        process.destroy();
        awaitEnd();
        return process.exitValue();
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    Path data() {
        return data;
    }

    String output() {
        try {
            return Files.exists(output) ? Files.readString(output) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("peer " + id + " did not end within 30 s:\n" + output());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
