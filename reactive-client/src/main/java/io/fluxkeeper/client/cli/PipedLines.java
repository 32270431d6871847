package io.fluxkeeper.client.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.SynchronousQueue;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a stream, read by a thread of their own: one that reads cannot be interrupted, and whoever waits for a line
 * must be. At most one line is read ahead.
 */
final class PipedLines {
    private final BufferedReader input;

    /** A line; nothing at the end; failed if it cannot be read. */
    private final SynchronousQueue<CompletableFuture<Optional<String>>> handOver = new SynchronousQueue<>();

    private boolean ended;

    PipedLines(InputStream in) {
        input = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        Thread reader = new Thread(this::readAll, "fluxkeeper-input");
        reader.setDaemon(true);
        reader.start();
    }

    /** @return null at the end */
    @Nullable String next() throws IOException, InterruptedException {
        if (ended) {
            return null;
        }
        try {
            Optional<String> line = handOver.take().get();
            ended = line.isEmpty();
            return line.orElse(null);
        } catch (ExecutionException cannot) {
            ended = true;
            throw new IOException(String.valueOf(cannot.getCause()), cannot);
        }
    }

    private void readAll() {
        try {
            CompletableFuture<Optional<String>> line = read();
            handOver.put(line);
            while (!line.isCompletedExceptionally() && line.join().isPresent()) {
                line = read();
                handOver.put(line);
            }
        } catch (InterruptedException nobodyDoes) {
            Thread.currentThread().interrupt();
        }
    }

    private CompletableFuture<Optional<String>> read() {
        try {
            return CompletableFuture.completedFuture(Optional.ofNullable(input.readLine()));
        } catch (IOException cannot) {
            return CompletableFuture.failedFuture(cannot);
        }
    }
}
