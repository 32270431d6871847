package io.fluxkeeper.core.consensus.zab;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.consensus.BroadcastHost;
import io.fluxkeeper.core.consensus.AtomicBroadcast.Availability;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.Role;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Random runs of a whole ensemble: messages of different lanes and links overtake one another, disks lag, links break,
 * peers crash and lose what was not durable, a disk is wiped now and then. First anything may go wrong and nothing
 * may be lost; then everything is healed and all must agree and serve.
 *
 * <p>Replay one: {@code mvn test -pl core -Dtest=ZabRandomTest -Dzab.seed=123}. {@code -Dzab.seeds=} runs more.
 */
class ZabRandomTest {
    private static final int STEPS = 1500;
    private static final int SEEDS = 300;

    @Test
    void nothingDeliveredIsLostAndAfterHealingAllServe() {
        Long only = Long.getLong("zab.seed");
        long first = only == null ? 0 : only;
        long count = only == null ? Long.getLong("zab.seeds", SEEDS) : 1;
        TreeMap<String, Integer> sent = new TreeMap<>();
        for (long seed = first; seed < first + count; seed++) {
            run(seed, sent);
        }
        if (count >= SEEDS) {
            // The runs are worth something only if they come through every phase. (A refused TRUNC takes three
            // leaderships in a row that went wrong just so: ZabSynchronizationTest has one.)
            assertThat(sent.keySet())
                    .containsAll(Stream.of(ZabMessage.class.getPermittedSubclasses())
                            .filter(kind -> kind != ZabMessage.TruncRefused.class)
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
            Run run = new Run(seed);
            String end = run.go();
            run.countSent(sent);
            return end;
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("seed " + seed + " (-Dzab.seed=" + seed + "): " + e.getMessage(), e);
        }
    }

    /** One run; its faults and their rates are drawn from the seed. */
    private static final class Run {
        private final SplittableRandom random;
        private final ZabCluster cluster;
        private final int crashRate;
        private final int cutRate;
        private final int tickRate;
        private final boolean wipes;
        private int proposals;
        private long reads;

        Run(long seed) {
            random = new SplittableRandom(seed);
            int peers = List.of(3, 3, 3, 5).get(random.nextInt(4));
            // Small bounds, so that windows fill and DIFF gives way to SNAP.
            ZabLimits limits = new ZabLimits(
                    random.nextInt(60, 600),
                    random.nextInt(60, 600),
                    5_000,
                    random.nextInt(0, 20),
                    100,
                    100_000,
                    40,
                    100_000,
                    1_000);
            cluster = new ZabCluster(peers, ZabCluster.TIMING, limits);
            crashRate = random.nextInt(4);
            cutRate = random.nextInt(6);
            tickRate = random.nextInt(10, 60);
            wipes = random.nextInt(4) == 0;
        }

        String go() {
            cluster.startAll();
            cluster.runUntil("all serve", cluster::allServe);
            for (int step = 0; step < STEPS; step++) {
                step();
            }
            heal();
            return cluster.canonical() + " " + cluster.hosts();
        }

        private void countSent(TreeMap<String, Integer> sent) {
            for (BroadcastHost host : cluster.hosts()) {
                host.traced(Effect.Send.class)
                        .forEach(send -> sent.merge(send.message().getClass().getSimpleName(), 1, Integer::sum));
            }
        }

        private void step() {
            int dice = random.nextInt(1000);
            if (dice < 5 * crashRate) {
                crashOrRestart();
            } else if (dice < 5 * crashRate + 5 * cutRate) {
                cutOrHeal();
            } else if (dice < 30 + 5 * crashRate + 5 * cutRate) {
                housekeeping();
            } else if (dice < 150) {
                propose();
            } else if (dice < 150 + tickRate) {
                tick();
            } else if (dice < 500) {
                any().persistOne();
            } else {
                deliver();
            }
        }

        private BroadcastHost any() {
            return cluster.hosts().get(random.nextInt(cluster.hosts().size()));
        }

        private void crashOrRestart() {
            BroadcastHost host = any();
            if (host.isUp()) {
                cluster.crash(host);
                if (wipes && allVote()) {
                    host.wipe();
                }
            } else {
                cluster.restart(host);
            }
        }

        private boolean allVote() {
            return cluster.hosts().stream().allMatch(host -> host.disk().membership() == Membership.FOUNDED);
        }

        private void cutOrHeal() {
            BroadcastHost a = any();
            BroadcastHost b = any();
            if (a == b) {
                cluster.healAll();
            } else if (random.nextInt(3) == 0) {
                cluster.isolate(a);
            } else {
                cluster.cut(a, b);
            }
        }

        private void housekeeping() {
            BroadcastHost host = any();
            if (!host.isUp()) {
                return;
            }
            switch (random.nextInt(6)) {
                case 0 -> host.checkpoint();
                case 1 -> host.diskHeld = !host.diskHeld;
                case 2 -> host.fetchHeld = !host.fetchHeld;
                case 3 -> host.handle(new Input.HandOver());
                case 4 -> {
                    if (host.role() == Role.LEADING) {
                        host.requestReadIndex(++reads);
                    }
                }
                default -> host.handle(new Input.Tick());
            }
        }

        private void propose() {
            for (BroadcastHost host : cluster.hosts()) {
                if (host.isUp() && host.broadcast().availability() == Availability.READY) {
                    host.propose("x" + ++proposals);
                }
            }
        }

        private void tick() {
            cluster.hosts().stream().filter(BroadcastHost::isUp).forEach(host -> host.handle(new Input.Tick()));
            cluster.connectAll();
        }

        private void deliver() {
            List<ZabCluster.Link> links = cluster.links();
            if (!links.isEmpty()) {
                ZabCluster.Link link = links.get(random.nextInt(links.size()));
                boolean low = random.nextBoolean();
                PeerMessage.Lane lane = PeerMessage.Lane.values()[random.nextInt(2)];
                link.deliverOne(low ? link.pair.low() : link.pair.high(), lane);
            }
            any().transferOne();
        }

        private void heal() {
            for (BroadcastHost host : cluster.hosts()) {
                host.diskHeld = false;
                host.fetchHeld = false;
                if (!host.isUp()) {
                    cluster.restart(host);
                }
            }
            cluster.healAll();
            cluster.runUntil("all serve again", cluster::allServe);
            cluster.commit("last");
            cluster.runUntil("all delivered all", () -> cluster.allServe() && cluster.allDelivered());
            cluster.runUntil("all vote", this::allVote);
        }
    }
}
