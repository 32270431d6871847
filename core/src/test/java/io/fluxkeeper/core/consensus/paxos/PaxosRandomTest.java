package io.fluxkeeper.core.consensus.paxos;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.consensus.RandomRun;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Random runs ({@link RandomRun}) of a whole ensemble.
 *
 * <p>Replay one: {@code mvn test -pl core -Dtest=PaxosRandomTest -Dpaxos.seed=123}. {@code -Dpaxos.seeds=} runs more.
 */
class PaxosRandomTest {
    private static final int SEEDS = 300;

    @Test
    void nothingDeliveredIsLostAndAfterHealingAllServe() {
        Long only = Long.getLong("paxos.seed");
        long first = only == null ? Long.getLong("paxos.first", 0) : only;
        long count = only == null ? Long.getLong("paxos.seeds", SEEDS) : 1;
        TreeMap<String, Integer> sent = new TreeMap<>();
        for (long seed = first; seed < first + count; seed++) {
            run(seed, sent);
        }
        if (count >= SEEDS) {
            // The runs are worth something only if they come through every phase.
            assertThat(sent.keySet())
                    .containsAll(Stream.of(PaxosMessage.class.getPermittedSubclasses())
                            .map(Class::getSimpleName)
                            .toList());
        }
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        assertThat(run(7, new TreeMap<>())).isEqualTo(run(7, new TreeMap<>()));
    }

    private static String run(long seed, TreeMap<String, Integer> sent) {
        try {
            RandomRun run = new RandomRun(seed, PaxosRandomTest::cluster);
            String end = run.go();
            run.countSent(sent);
            return end;
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("seed " + seed + " (-Dpaxos.seed=" + seed + "): " + e.getMessage(), e);
        }
    }

    /** Small bounds, so that windows and pages fill, and values give way to states. */
    private static PaxosCluster cluster(int peers, SplittableRandom random) {
        PaxosLimits limits = new PaxosLimits(
                random.nextInt(60, 600),
                random.nextInt(60, 600),
                random.nextInt(500, 5_000),
                random.nextInt(0, 20),
                100,
                100_000,
                40,
                100_000);
        return new PaxosCluster(peers, PaxosCluster.TIMING, limits, random.split());
    }
}
