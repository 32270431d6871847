package io.fluxkeeper.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One fault after another while clients write and read: SIGKILL, SIGSTOP and SIGCONT, links that are slow, cut, or carry
 * one way only. Then the simulation's checkers read what the clients were told. {@code -Dfault.steps=200} makes the long
 * run, {@code -Dfault.seed=N} steers it; it does not make it repeatable.
 */
class FaultsIT {
    private static final int STEPS = Integer.getInteger("fault.steps", 6);
    private static final int CLIENTS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private final long seed = Long.getLong("fault.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final List<RecordedClient> clients = new ArrayList<>();

    @Test
    @Timeout(3600)
    void whatClientsWereToldHoldsUnderFaultsOfProcessAndNetwork(@TempDir Path directory)
            throws IOException, InterruptedException {
        List<Path> data;
        try (ProcessEnsemble ensemble = ProcessEnsemble.behindProxies(directory)) {
            ensemble.awaitServing();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(new RecordedClient(i, random.nextLong(), ensemble.addresses()));
            }
            awaitProgress(10);
            for (int step = 0; step < STEPS; step++) {
                // each kind has its turn, the first one by chance
                fault(ensemble, Math.floorMod(seed + step, 6));
                awaitProgress(10);
            }
            for (RecordedClient client : clients) {
                client.stop();
                assertThat(client.failure()).isNull();
            }
            clients.forEach(RecordedClient::close);
            ensemble.peers.forEach(peer -> assertThat(peer.terminate()).isZero());
            data = ensemble.peers.stream().map(ServerProcess::data).toList();
        }
        System.out.println("faults: steps=" + STEPS + " seed=" + seed + ": " + HistoryCheck.check(data, clients));
    }

    /** It lasts until clients have felt it, and is over before their patience is. */
    private void fault(ProcessEnsemble ensemble, int kind) throws InterruptedException {
        ServerProcess victim = random.nextBoolean() ? ensemble.awaitLeader() : ensemble.peer(1 + random.nextInt(3));
        switch (kind) {
            case 0 -> {
                victim.kill();
                awaitProgress(5);
                victim.start();
            }
            case 1 -> {
                victim.pause();
                last(500 + random.nextInt(2_500));
                victim.goOn();
            }
            case 2 -> {
                ensemble.linksOf(victim).forEach(FaultyProxy::cut);
                last(500 + random.nextInt(2_500));
            }
            case 3 -> {
                ensemble.linksOf(victim).forEach(link -> link.delay(20 + random.nextInt(200)));
                last(500 + random.nextInt(1_000));
            }
            case 4 -> {
                boolean heard = random.nextBoolean(); // it is heard and hears nothing, or the other way round
                for (FaultyProxy link : ensemble.linksOf(victim)) {
                    link.hold(ensemble.dials(victim, link) != heard);
                }
                last(500 + random.nextInt(2_500));
            }
            default -> {
                FaultyProxy link = ensemble.linksOf(victim).get(random.nextInt(2));
                link.cut(); // the two reach each other only by way of the third
                last(500 + random.nextInt(2_500));
            }
        }
        ensemble.heal();
        ensemble.awaitServing();
    }

    /** Part of the scenario: so long is the fault. */
    private static void last(int millis) throws InterruptedException {
        Thread.sleep(millis);
    }

    private void awaitProgress(int each) {
        long[] goals =
                clients.stream().mapToLong(client -> client.answered() + each).toArray();
        Awaitility.await("every client gets answers, seed " + seed)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> {
                    boolean all = true;
                    for (int i = 0; i < goals.length; i++) {
                        assertThat(clients.get(i).failure()).isNull();
                        all &= clients.get(i).answered() >= goals[i];
                    }
                    return all;
                });
    }
}
