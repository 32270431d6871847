package io.fluxkeeper.server.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** One peer as an operator runs it: the packaged jar in a process of its own, its output in a file. */
final class ServerProcess {
    static final Path JAR = Path.of("target", "fluxkeeper-server.jar").toAbsolutePath();
    /** A process lives for seconds here, in which the second compiler only takes; 4 for runs that print times. */
    private static final String TIERS = "-XX:TieredStopAtLevel=" + Integer.getInteger("fault.tiers", 1);

    static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

    final int id;
    final String clientAddress;
    private final Path data;
    private final Path output;
    private final List<String> command;
    private List<String> launcher = List.of();
    private Process process;
    private long outputBefore;

    /** @param more flags */
    ServerProcess(int id, String ensemble, String clientAddress, Path directory, List<String> more) {
        this.id = id;
        this.clientAddress = clientAddress;
        data = directory.resolve("data-" + id);
        output = directory.resolve("peer-" + id + ".log");
        command = new ArrayList<>(List.of(
                JAVA.toString(),
                "-Xmx256m",
                TIERS,
                "-jar",
                JAR.toString(),
                "--id",
                Integer.toString(id),
                "--ensemble",
                ensemble,
                "--data",
                data.toString()));
        command.addAll(more);
    }

    /** From its next start on, by this command, which must become the one it is given. */
    void launchBy(List<String> prefix) {
        launcher = prefix;
    }

    void start() {
        try {
            outputBefore = Files.exists(output) ? Files.size(output) : 0;
            List<String> whole = new ArrayList<>(launcher);
            whole.addAll(command);
            process = new ProcessBuilder(whole)
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

    /** SIGSTOP: it runs no more and answers nobody, and nobody is told. Until {@link #goOn}, or until it is killed. */
    void pause() {
        signal("STOP");
        Awaitility.await("peer " + id + " stands still")
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> procState() == 'T');
    }

    /** SIGCONT: it goes on where it stood. */
    void goOn() {
        signal("CONT");
    }

    private void signal(String name) {
        int code = Command.run(List.of("kill", "-" + name, Long.toString(process.pid())));
        if (code != 0) {
            throw new AssertionError("kill -" + name + " of peer " + id + " failed: code " + code);
        }
    }

    /** The letter behind the name in /proc/PID/stat. */
    private char procState() throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
        return stat.charAt(stat.lastIndexOf(')') + 2);
    }

    /** SIGTERM, and does not wait. */
    void askToStop() {
        process.destroy();
    }

    /** SIGTERM, and waits for the end. @return the exit code */
    int terminate() {
        process.destroy();
        return exitCode();
    }

    /** Waits until it has ended by itself. */
    int exitCode() {
        awaitEnd();
        return process.exitValue();
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    long pid() {
        return process.pid();
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

    /** What it has said since it was last started. */
    String outputSinceStart() {
        try {
            byte[] all = Files.readAllBytes(output);
            int from = (int) outputBefore;
            return new String(all, from, all.length - from, StandardCharsets.UTF_8);
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
