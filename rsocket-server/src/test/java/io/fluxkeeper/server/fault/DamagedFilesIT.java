package io.fluxkeeper.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.core.protocol.ServerReply;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A peer's journal or state file is damaged while the peer is down: it comes back, heals from the others without a hand,
 * votes again, and never shows anything else than they do. One of each kind; {@code -Dfault.damages=10} makes the long run.
 */
class DamagedFilesIT {
    private static final int EACH = Integer.getInteger("fault.damages", 1);
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final int BLOCK = 4_096;

    private final long seed = Long.getLong("fault.seed", System.nanoTime());
    private final Random random = new Random(seed);

    private enum Damage {
        BIT,
        ZEROED_BLOCK,
        CUT
    }

    @Test
    @Timeout(3600)
    void aDamagedFileIsHealedFromTheOthersAndNeverServed(@TempDir Path directory) throws IOException {
        try (ProcessEnsemble ensemble = new ProcessEnsemble(directory)) {
            ensemble.awaitServing();
            FluxkeeperClient client = FluxkeeperClient.builder()
                    .addresses(ensemble.addresses())
                    .withoutSession()
                    .requestTimeout(PATIENCE)
                    .connect()
                    .block(PATIENCE);
            client.create("/value", bytes("0")).block(PATIENCE);
            for (int round = 1; round <= EACH * Damage.values().length; round++) {
                for (int i = 0; i < 20; i++) {
                    client.set("/value", bytes(round + "/" + i)).block(PATIENCE);
                }
                ServerProcess victim = ensemble.peer(1 + random.nextInt(3));
                victim.kill();
                client.sync().block(PATIENCE); // by now it is connected to another: no write is under way to the dead
                client.set("/value", bytes("while peer " + victim.id + " is down"))
                        .block(PATIENCE);
                String what = damage(victim.data(), Damage.values()[round % Damage.values().length]);
                victim.start();
                ensemble.awaitServing(victim);
                awaitVote(ensemble, victim, what);
                assertThat(valueAt(ensemble, victim)).as(what).isEqualTo("while peer " + victim.id + " is down");
            }
            client.close().block(PATIENCE);
        }
    }

    /** In what is written of a journal or state file. @return what was done */
    private String damage(Path data, Damage damage) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(data)) {
            files = all.filter(file -> file.getFileName().toString().matches("(journal|state)-.*"))
                    .sorted()
                    .toList();
        }
        Path file = files.get(random.nextInt(files.size()));
        byte[] bytes = Files.readAllBytes(file);
        int used = bytes.length;
        while (used > 1 && bytes[used - 1] == 0) {
            used--;
        }
        int position = random.nextInt(used);
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            if (damage == Damage.CUT) {
                opened.setLength(position);
            } else if (damage == Damage.BIT) {
                opened.seek(position);
                opened.write(bytes[position] ^ (1 << random.nextInt(8)));
            } else {
                opened.seek(position / BLOCK * BLOCK);
                opened.write(new byte[Math.min(BLOCK, bytes.length - position / BLOCK * BLOCK)]);
            }
        }
        return file.getFileName() + ", " + damage + " at " + position + ", seed " + seed;
    }

    private static void awaitVote(ProcessEnsemble ensemble, ServerProcess peer, String what) {
        Awaitility.await("peer " + peer.id + " votes again: " + what)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> ensemble.status(peer)
                        .map(ServerReply.Status::role)
                        .filter(role -> !role.equals("LEARNING") && !role.equals("LOOKING"))
                        .isPresent());
    }

    private static String valueAt(ProcessEnsemble ensemble, ServerProcess peer) {
        FluxkeeperClient client = ensemble.connectTo(peer);
        try {
            client.sync().block(PATIENCE);
            return new String(client.get("/value").block(PATIENCE).data(), StandardCharsets.US_ASCII);
        } finally {
            client.close().block(PATIENCE);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
