package io.fluxkeeper.samples.processes;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A Java process that runs a main class of this process's own class path. Its output is read all the time, since a full
 * pipe would stop it; the last lines are kept for the message when it fails.
 */
public final class ChildProcess {
    private static final int LINES_KEPT_MAX = 20;

    private final String name;
    private final Process process;
    private final CompletableFuture<String> ready = new CompletableFuture<>();
    /** Guarded by itself: the reading thread adds, whoever waited in vain reads. */
    private final Deque<String> lastLines = new ArrayDeque<>();

    private ChildProcess(String name, Process process) {
        this.name = name;
        this.process = process;
    }

    /**
     * Starts it.
     *
     * @param name what it is called in messages
     * @param readyMark what the line contains with which it says that it is ready
     */
    public static ChildProcess start(
            String name, List<String> jvmOptions, String mainClass, List<String> args, String readyMark)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(args);
        ChildProcess child = new ChildProcess(
                name, new ProcessBuilder(command).redirectErrorStream(true).start());
        Thread reader = new Thread(() -> child.read(readyMark), "output-of-" + name);
        reader.setDaemon(true);
        reader.start();
        return child;
    }

    /** Waits until it has said that it is ready. @throws IOException that says in one line why it is not */
    public void awaitReady(Duration timeout) throws IOException, InterruptedException {
        try {
            ready.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException late) {
            throw new IOException(name + " was not ready within " + timeout.toSeconds() + " s: " + lastWords());
        } catch (ExecutionException ended) {
            throw new IOException(name + " ended before it was ready: " + lastWords(), ended);
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public ProcessHandle handle() {
        return process.toHandle();
    }

    /** Ends it as {@code kill -9} does, and waits until it is gone. */
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            throw new IllegalStateException(name + " (pid " + pid() + ") survives being killed");
        }
    }

    /** Asks it to end. */
    public void terminate() {
        process.destroy();
    }

    /** Waits for its end, and kills it when that does not come in time. */
    public void awaitEnd(Duration timeout) throws InterruptedException {
        if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            kill();
        }
    }

    private void read(String readyMark) {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                synchronized (lastLines) {
                    if (lastLines.size() == LINES_KEPT_MAX) {
                        lastLines.removeFirst();
                    }
                    lastLines.addLast(line);
                }
                if (line.contains(readyMark)) {
                    ready.complete(line);
                }
            }
            ready.completeExceptionally(new IOException("its output ended"));
        } catch (IOException | UncheckedIOException closed) {
            ready.completeExceptionally(closed);
        }
    }

    /** What it said last, on one line. */
    public String lastWords() {
        synchronized (lastLines) {
            return lastLines.isEmpty() ? "it said nothing" : String.join(" | ", lastLines);
        }
    }
}
