package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.consensus.AtomicBroadcast.Availability;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A random run of a whole ensemble: messages of different lanes and links overtake one another, disks lag, links break,
 * peers crash and lose what was not durable, a disk is wiped now and then. First anything may go wrong and nothing
 * may be lost; then everything is healed and all must agree and serve.
 *
 * <p>Its faults and their rates are drawn from the seed.
 */
public final class RandomRun {
    private static final int STEPS = 1500;

    private final SplittableRandom random;
    private final BroadcastCluster cluster;
    private final int crashRate;
    private final int cutRate;
    private final int tickRate;
    private final boolean wipes;
    private int proposals;
    private long reads;

    /** Makes an ensemble of that many peers; whatever bounds it draws, it draws small. */
    public interface ClusterMaker {
        BroadcastCluster make(int peers, SplittableRandom random);
    }

    public RandomRun(long seed, ClusterMaker maker) {
        random = new SplittableRandom(seed);
        int peers = List.of(3, 3, 3, 5).get(random.nextInt(4));
        cluster = maker.make(peers, random);
        crashRate = random.nextInt(4);
        cutRate = random.nextInt(6);
        tickRate = random.nextInt(10, 60);
        wipes = random.nextInt(4) == 0;
    }

    /** Says how it ended; what was wrong is an error. */
    public String go() {
        cluster.serve();
        for (int step = 0; step < STEPS; step++) {
            step();
        }
        heal();
        return cluster.canonical() + " " + cluster.hosts();
    }

    public void countSent(TreeMap<String, Integer> sent) {
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
        List<BroadcastCluster.Link> links = cluster.links();
        if (!links.isEmpty()) {
            BroadcastCluster.Link link = links.get(random.nextInt(links.size()));
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
