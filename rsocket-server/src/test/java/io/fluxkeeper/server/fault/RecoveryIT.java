package io.fluxkeeper.server.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.OutcomeUnknownException;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.CreateMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * How a peer comes back: by the whole state when its disk was lost, by the entries it lacks when it was away for a
 * moment, by dropping what was never committed. One ensemble for all; each test leaves it as it found it, serving.
 */
@Timeout(180)
class RecoveryIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Little history, so that little work is out of its reach; patient, so that a leader stays one for some seconds. */
    private static final String CONFIGURATION = """
            history:
              entriesKept: 50
            store:
              commitInterval: 50ms
            timing:
              syncTicks: 60
            """;

    @TempDir
    static Path directory;

    private static ProcessEnsemble ensemble;
    /** Of no session, so that its writes are the only entries. */
    private static FluxkeeperClient client;

    @BeforeAll
    static void start() throws IOException {
        Path file = Files.writeString(directory.resolve("fluxkeeper.yaml"), CONFIGURATION);
        ensemble = new ProcessEnsemble(directory, "--config", file.toString());
        ensemble.awaitServing();
        client = FluxkeeperClient.builder()
                .addresses(ensemble.addresses())
                .withoutSession()
                .requestTimeout(PATIENCE)
                .connect()
                .block(PATIENCE);
        client.create("/load", null).block(PATIENCE);
        client.create("/counted", null).block(PATIENCE);
        client.create("/tail", null).block(PATIENCE);
    }

    @AfterAll
    static void end() {
        client.close().block(PATIENCE);
        ensemble.close();
    }

    @Test
    void aPeerWhoseDataWasDeletedTakesTheStateWhileWritesGoOnAndVotesAgain() {
        Writer writer = new Writer(1, ensemble.addresses());
        writer.start();
        awaitProgress(writer, 300);
        ServerProcess wiped = follower();
        wiped.kill();
        delete(wiped.data());
        wiped.start();
        ensemble.awaitServing(wiped);
        awaitRole(wiped, "FOLLOWING"); // no longer LEARNING: it has its vote
        awaitProgress(writer, 100);
        writer.stop();
        Awaitility.await().atMost(PATIENCE).until(writer::isIdle);

        assertThat(wiped.outputSinceStart())
                .contains("peer " + wiped.id + ": synchronised with leader ", " by SNAP of ")
                .contains(", without a vote until a leader has confirmed it");
        assertThat(writer.errors).isEmpty();
        assertSameTrees("/load");
        assertThat(text(client, writer.path)).isEqualTo(Long.toString(writer.acknowledged()));
        writer.client.close().block(PATIENCE);
    }

    @Test
    void aPeerThatWasAwayForTenEntriesTakesThese() {
        ServerProcess away = follower();
        FluxkeeperClient own = ensemble.connectTo(away);
        own.sync().block(PATIENCE); // it has all that there is
        own.close().block(PATIENCE);
        killAndMoveOn(away);
        for (int i = 0; i < 10; i++) {
            client.set("/counted", bytes("value " + i)).block(PATIENCE);
        }

        away.start();
        ensemble.awaitServing(away);

        assertThat(away.outputSinceStart())
                .containsPattern(
                        "peer " + away.id + ": synchronised with leader \\d by DIFF from \\d+:\\d+, 10 entries");
        assertSameTrees("/counted");
    }

    @Test
    void aPeerThatWasAwayForMoreBytesThanAFrameHoldsTakesThemInSeveral() {
        ServerProcess away = follower();
        killAndMoveOn(away);
        byte[] large = new byte[512 << 10];
        for (int i = 0; i < 12; i++) {
            client.set("/counted", large).block(PATIENCE);
        }

        away.start();
        ensemble.awaitServing(away);

        assertThat(away.outputSinceStart()).containsPattern("by DIFF from \\d+:\\d+, 1\\d entries");
        client.set("/counted", bytes("small again")).block(PATIENCE);
        assertSameTrees("/counted");
    }

    @Test
    void whatALeaderLoggedAndNeverCommittedIsCutAwayAndANumberedWriteIsAppliedOnce() {
        ServerProcess leader = ensemble.awaitLeader();
        List<ServerProcess> others =
                ensemble.peers.stream().filter(peer -> peer != leader).toList();
        FluxkeeperClient unnumbered = ensemble.connectTo(leader);
        FluxkeeperClient numbered = FluxkeeperClient.builder()
                .addresses(leader.clientAddress, others.get(0).clientAddress, others.get(1).clientAddress)
                .sessionTimeout(Duration.ofSeconds(20))
                .requestTimeout(PATIENCE)
                .connect()
                .block(PATIENCE);
        others.forEach(ServerProcess::pause);

        CompletableFuture<ServerReply.Created> once = numbered.create(
                        "/tail/once-", null, CreateMode.PERSISTENT_SEQUENTIAL)
                .toFuture();
        CompletableFuture<ServerReply.Created> lost =
                unnumbered.create("/tail/lost-for-good", null).toFuture();
        Awaitility.await("the leader's journal has the write")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> contains(leader.data(), "/tail/lost-for-good"));
        leader.kill();
        others.forEach(ServerProcess::kill);
        others.forEach(ServerProcess::start);
        others.forEach(ensemble::awaitServing);
        client.set("/tail", bytes("after")).block(PATIENCE);
        leader.start();
        ensemble.awaitServing(leader);

        // Multi-Paxos cuts nothing away: the votes are outvoted
        String way = ProcessEnsemble.CONSENSUS.equals("zab") ? "TRUNC to" : "DIFF from";
        assertThat(leader.outputSinceStart())
                .containsPattern(
                        "peer " + leader.id + ": synchronised with leader \\d by " + way + " \\d+:\\d+, \\d+ entries");
        assertThatThrownBy(lost::join).hasCauseInstanceOf(OutcomeUnknownException.class);
        assertThat(once.join().path().value()).startsWith("/tail/once-");
        assertSameTrees("/tail");
        assertThat(client.children("/tail").block(PATIENCE).names())
                .containsExactly(once.join().path().value().substring("/tail/".length()));
        unnumbered.close().block(PATIENCE);
        numbered.close().block(PATIENCE);
    }

    private static ServerProcess follower() {
        ServerProcess leader = ensemble.awaitLeader();
        return ensemble.peers.stream()
                .filter(peer -> peer != leader)
                .findFirst()
                .orElseThrow();
    }

    /** A write without a session that is under way to a peer when that dies has an unknown outcome: none is. */
    private static void killAndMoveOn(ServerProcess peer) {
        peer.kill();
        client.sync().block(PATIENCE); // answered by another peer: a read is asked again there
    }

    private static void awaitProgress(Writer writer, int count) {
        long goal = writer.acknowledged() + count;
        Awaitility.await("writes go on")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> writer.acknowledged() >= goal || !writer.errors.isEmpty());
        assertThat(writer.errors).isEmpty();
    }

    private static void awaitRole(ServerProcess peer, String role) {
        Awaitility.await("peer " + peer.id + " is " + role)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> ensemble.status(peer)
                        .map(ServerReply.Status::role)
                        .filter(role::equals)
                        .isPresent());
    }

    private static void assertSameTrees(String top) {
        List<TreeMap<String, String>> trees = ensemble.peers.stream()
                .map(peer -> {
                    FluxkeeperClient own = ensemble.connectTo(peer);
                    own.sync().block(PATIENCE);
                    TreeMap<String, String> tree = new TreeMap<>();
                    collect(own, top, tree);
                    own.close().block(PATIENCE);
                    return tree;
                })
                .toList();
        assertThat(trees.get(1)).isEqualTo(trees.get(0));
        assertThat(trees.get(2)).isEqualTo(trees.get(0));
    }

    private static void collect(FluxkeeperClient own, String path, TreeMap<String, String> tree) {
        tree.put(path, own.exists(path).block(PATIENCE) + " " + text(own, path));
        for (String name : own.children(path).block(PATIENCE).names()) {
            collect(own, path + "/" + name, tree);
        }
    }

    private static String text(FluxkeeperClient own, String path) {
        byte[] data = own.get(path).block(PATIENCE).data();
        return data == null ? "null" : new String(data, StandardCharsets.US_ASCII);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static boolean contains(Path data, String text) throws IOException {
        try (Stream<Path> files = Files.list(data)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static void delete(Path data) {
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
