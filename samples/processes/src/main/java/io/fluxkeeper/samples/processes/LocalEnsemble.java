package io.fluxkeeper.samples.processes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An ensemble on this machine: each peer a child process, with free ports of 127.0.0.1 and its data in a temporary
 * directory. Whatever way this process ends, save by SIGKILL, the peers end and the directory goes.
 */
public final class LocalEnsemble implements AutoCloseable {
    /** By name, since the server is on the class path of the sample and not of this class. */
    private static final String SERVER = "io.fluxkeeper.server.Main";

    private static final String READY = ": clients at ";
    private static final Duration READY_TIME = Duration.ofSeconds(30);
    private static final Duration STOP_TIME = Duration.ofSeconds(5);

    private final Path directory;
    private final SortedMap<Integer, ChildProcess> peers = Collections.synchronizedSortedMap(new TreeMap<>());
    private final List<String> addresses = new ArrayList<>();
    private final Thread onShutdown = new Thread(this::abandon, "ensemble-shutdown");

    private LocalEnsemble(String name) throws IOException {
        directory = Files.createTempDirectory(name);
        Runtime.getRuntime().addShutdownHook(onShutdown);
    }

    /**
     * Starts peers 1 to {@code count} and waits until each listens; soon afterwards they serve.
     *
     * @param name what the temporary directory's name begins with
     * @param jvmOptions of each peer
     * @param flags of each peer, beside those that say who it is and where its data lies
     * @throws IOException when one does not start; nothing is left behind then
     */
    public static LocalEnsemble start(String name, int count, List<String> jvmOptions, List<String> flags)
            throws IOException, InterruptedException {
        LocalEnsemble ensemble = new LocalEnsemble(name);
        try {
            ensemble.startAll(count, jvmOptions, flags);
            return ensemble;
        } catch (IOException | InterruptedException | RuntimeException failed) {
            ensemble.abandon();
            throw failed;
        }
    }

    private void startAll(int count, List<String> jvmOptions, List<String> flags)
            throws IOException, InterruptedException {
        List<Integer> ports = Ports.free(2 * count);
        List<String> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add((i + 1) + "=127.0.0.1:" + ports.get(2 * i) + ":" + ports.get(2 * i + 1));
            addresses.add("127.0.0.1:" + ports.get(2 * i + 1));
        }
        for (int id = 1; id <= count; id++) {
            List<String> args = new ArrayList<>(List.of(
                    "--id",
                    Integer.toString(id),
                    "--ensemble",
                    String.join(",", members),
                    "--data",
                    directory.resolve("peer-" + id).toString()));
            args.addAll(flags);
            peers.put(id, ChildProcess.start("peer " + id, jvmOptions, SERVER, args, READY));
        }
        for (ChildProcess peer : List.copyOf(peers.values())) {
            peer.awaitReady(READY_TIME);
        }
    }

    /** Where clients connect, in the order of the peers, also of those that were killed. */
    public List<String> addresses() {
        return Collections.unmodifiableList(addresses);
    }

    /** Where the data of all peers lies. */
    public Path directory() {
        return directory;
    }

    /** @param id 1 for the first */
    public ChildProcess peer(int id) {
        ChildProcess peer = peers.get(id);
        if (peer == null) {
            throw new IllegalArgumentException("there is no peer " + id);
        }
        return peer;
    }

    /** In the order of their ids. */
    public List<ChildProcess> peers() {
        return List.copyOf(peers.values());
    }

    /** Stops the peers in order and removes their data; bounded, since one that does not stop is killed. */
    @Override
    public void close() throws IOException, InterruptedException {
        peers().forEach(ChildProcess::terminate);
        for (ChildProcess peer : peers()) {
            peer.awaitEnd(STOP_TIME);
        }
        TemporaryData.delete(directory);
        try {
            Runtime.getRuntime().removeShutdownHook(onShutdown);
        } catch (IllegalStateException shuttingDown) {
            // It runs already, and finds nothing left to do.
        }
    }

    /** Leaves nothing behind, without ceremony. */
    private void abandon() {
        try {
            for (ChildProcess peer : peers()) {
                peer.kill();
            }
            TemporaryData.delete(directory);
        } catch (IOException notRemoved) {
            System.err.println("could not remove " + directory + ": " + notRemoved.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
