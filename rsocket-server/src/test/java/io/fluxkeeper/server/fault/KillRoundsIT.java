package io.fluxkeeper.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.SessionState;
import io.fluxkeeper.core.protocol.ServerReply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kills a random peer again and again, the leader every other time, while eight clients write; the peer is started
 * again before the next one goes; with one algorithm, and then for fewer rounds with the other.
 * {@code -Dfault.rounds=100} makes the long run, {@code -Dfault.consensus=multi-paxos} one of that alone,
 * {@code -Dfault.seed=N} steers it. It prints how long writes stood still after each death of a leader, as the client
 * saw it that waited longest, and how many writes a second there were over all of it.
 *
 * <p>By default the next peer dies as soon as the one before serves again, which is hard on correctness, and on times: the
 * JVM of a peer that has just started is still compiling. {@code -Dfault.writes=1000} lets each client make so many writes
 * in between; together with {@code -Dfault.tiers=4 -Dtest.leakDetection=disabled} the times printed are those of an ensemble in
 * service.
 */
class KillRoundsIT {
    private static final int ROUNDS_OF_ZAB = 4;
    private static final int ROUNDS_OF_MULTI_PAXOS = 2;
    private static final int WRITERS = 8;
    /** What each client must get done before the next peer is killed. */
    private static final int WRITES_BETWEEN = Integer.getInteger("fault.writes", 20);

    /** Likewise after it was killed: the death is over for everybody. */
    private static final int WRITES_AFTER = 20;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Random random = new Random(Long.getLong("fault.seed", System.nanoTime()));

    private static Stream<String> algorithms() {
        String only = System.getProperty("fault.consensus");
        return only == null ? Stream.of("zab", "multi-paxos") : Stream.of(only);
    }

    @ParameterizedTest
    @MethodSource("algorithms")
    @Timeout(3600)
    void noAcknowledgedWriteIsLostAndNoneAppliedTwice(String consensus, @TempDir Path directory) {
        int rounds =
                Integer.getInteger("fault.rounds", consensus.equals("zab") ? ROUNDS_OF_ZAB : ROUNDS_OF_MULTI_PAXOS);
        try (ProcessEnsemble ensemble = ProcessEnsemble.of(consensus, directory)) {
            ensemble.awaitServing();
            List<Writer> writers = writers(ensemble);
            writers.forEach(Writer::start);
            long begin = System.nanoTime();
            List<Long> stalls = new ArrayList<>();
            for (int round = 1; round <= rounds; round++) {
                boolean leader = round % 2 == 1;
                long stall = killAndRestart(ensemble, writers, leader);
                if (leader) {
                    stalls.add(stall);
                    System.out.printf(
                            "round %d: writes stood still for %d ms after the leader's death%n", round, stall);
                }
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            stop(writers);
            for (Writer writer : writers) {
                assertThat(writer.errors).isEmpty();
                assertThat(writer.states).doesNotHaveAnyElementsOfTypes(SessionState.Expired.class);
            }
            checkTrees(ensemble, writers);
            Collections.sort(stalls);
            long writes = writers.stream().mapToLong(Writer::acknowledged).sum();
            System.out.printf(
                    "kill rounds: consensus=%s rounds=%d writes=%d in %.0f s, %.0f/s, client errors=0 trees equal=3;"
                            + " writes stood still after a leader's death: kills=%d median %d ms, worst %d ms%n",
                    consensus,
                    rounds,
                    writes,
                    seconds,
                    writes / seconds,
                    stalls.size(),
                    stalls.get(stalls.size() / 2),
                    stalls.get(stalls.size() - 1));
            for (Writer writer : writers) {
                writer.client.close().block(PATIENCE);
            }
        }
    }

    private static List<Writer> writers(ProcessEnsemble ensemble) {
        FluxkeeperClient setUp = FluxkeeperClient.builder()
                .addresses(ensemble.addresses())
                .withoutSession()
                .connect()
                .block(PATIENCE);
        setUp.create("/load", null).block(PATIENCE);
        setUp.close().block(PATIENCE);
        List<Writer> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            writers.add(new Writer(i, ensemble.addresses()));
        }
        return writers;
    }

    /** @return the longest that any of the clients went without an answer, in milliseconds */
    private long killAndRestart(ProcessEnsemble ensemble, List<Writer> writers, boolean leader) {
        awaitProgress(writers, WRITES_BETWEEN);
        ServerProcess victim = leader ? ensemble.awaitLeader() : ensemble.peer(1 + random.nextInt(3));
        writers.forEach(Writer::takeLongestGapMillis);
        victim.kill();
        awaitProgress(writers, WRITES_AFTER);
        long stall =
                writers.stream().mapToLong(Writer::takeLongestGapMillis).max().orElseThrow();
        victim.start();
        ensemble.awaitServing(victim);
        return stall;
    }

    private static void awaitProgress(List<Writer> writers, int each) {
        long[] goals = writers.stream().mapToLong(w -> w.acknowledged() + each).toArray();
        Awaitility.await("every client gets answers")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> {
                    for (int i = 0; i < goals.length; i++) {
                        assertThat(writers.get(i).errors).isEmpty();
                        if (writers.get(i).acknowledged() < goals[i]) {
                            return false;
                        }
                    }
                    return true;
                });
    }

    private static void stop(List<Writer> writers) {
        writers.forEach(Writer::stop);
        Awaitility.await("every write is answered")
                .atMost(PATIENCE)
                .until(() -> writers.stream().allMatch(Writer::isIdle));
    }

    /** Every peer, asked alone, has every acknowledged write, once, and all have the same. */
    private static void checkTrees(ProcessEnsemble ensemble, List<Writer> writers) {
        List<TreeMap<String, String>> trees = new ArrayList<>();
        for (ServerProcess peer : ensemble.peers) {
            FluxkeeperClient client = ensemble.connectTo(peer);
            client.sync().block(PATIENCE);
            TreeMap<String, String> tree = new TreeMap<>();
            collect(client, "/load", tree);
            trees.add(tree);
            for (Writer writer : writers) {
                ServerReply.Data data = client.get(writer.path).block(PATIENCE);
                assertThat((long) data.stat().version()).as(writer.path).isEqualTo(writer.acknowledged());
                assertThat(new String(data.data(), StandardCharsets.US_ASCII))
                        .isEqualTo(Long.toString(writer.acknowledged()));
            }
            client.close().block(PATIENCE);
        }
        assertThat(trees.get(1)).isEqualTo(trees.get(0));
        assertThat(trees.get(2)).isEqualTo(trees.get(0));
        assertThat(trees.get(0)).hasSize(1 + 2 * writers.size());
    }

    private static void collect(FluxkeeperClient client, String path, TreeMap<String, String> tree) {
        ServerReply.Data data = client.get(path).block(PATIENCE);
        tree.put(
                path,
                data.stat() + " "
                        + (data.data() == null ? "null" : new String(data.data(), StandardCharsets.US_ASCII)));
        for (String name : client.children(path).block(PATIENCE).names()) {
            collect(client, path + "/" + name, tree);
        }
    }
}
