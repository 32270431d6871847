package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.replica.ReplicaMessage.DigestRefuted;
import io.fluxkeeper.core.replica.ReplicaMessage.DigestTold;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Compares the peers' states: whoever applied the same transactions has the same digest. Each peer notes its own each
 * {@link #INTERVAL} transactions, and followers tell the leader. What a quorum has is right, and a peer that has
 * something else serves nothing from then on and takes the state anew. ZooKeeper compares as often (ZOOKEEPER-3114), and
 * then only counts.
 */
final class DigestDesk {
    static final int INTERVAL = 128;
    /** Digests that are kept: a follower that is further behind, or ahead, is not compared. */
    private static final int KEPT_MAX = 64;

    /** @param link by which it came */
    private record Told(long link, long digest) {}

    private final ReplicaContext context;
    private final Consumer<ReplicaEffect> effects;
    private final TreeMap<Zxid, Long> own = new TreeMap<>();
    /** At the leader: what the others have. */
    private final TreeMap<Zxid, TreeMap<PeerId, Told>> others = new TreeMap<>();
    /** Whether it was said, since this peer leads, that states differ and nobody can tell which is right. */
    private boolean undecidedSaid;

    /** Whether this peer's state was found wrong; said once. */
    private boolean diverged;

    DigestDesk(ReplicaContext context, Consumer<ReplicaEffect> effects) {
        this.context = context;
        this.effects = effects;
    }

    /** This transaction was applied here. */
    void executed(Zxid zxid) {
        if (zxid.counter() % INTERVAL != 0) {
            return;
        }
        long digest = context.state.digest();
        own.put(zxid, digest);
        keepNewest(own);
        if (context.isFollowing()) {
            context.tellLeader(new DigestTold(context.status.epoch(), zxid, digest));
        } else if (context.isLeading()) {
            compare(zxid);
        }
    }

    /** At the leader: a follower has applied it. */
    void told(PeerId from, long link, DigestTold told) {
        others.computeIfAbsent(told.zxid(), zxid -> new TreeMap<>()).put(from, new Told(link, told.digest()));
        keepNewest(others);
        compare(told.zxid());
    }

    /** At a follower: a quorum has another digest than the one told. */
    void refuted(DigestRefuted refuted) {
        Long mine = own.get(refuted.zxid());
        if (mine != null && mine != refuted.digest()) {
            diverged(refuted.zxid());
        }
    }

    /** What was told belonged to that leader's time. */
    void leaderLost() {
        others.clear();
        undecidedSaid = false;
    }

    void stateReplaced() {
        own.clear();
    }

    private void compare(Zxid zxid) {
        Long mine = own.get(zxid);
        TreeMap<PeerId, Told> theirs = others.get(zxid);
        if (mine == null || theirs == null || theirs.values().stream().allMatch(told -> told.digest() == mine)) {
            return;
        }
        Long right = quorums(mine, theirs);
        if (right == null) {
            sayUndecided(zxid, mine, theirs);
            return;
        }
        theirs.forEach((peer, told) -> {
            if (told.digest() != right) {
                context.output.tell(peer, told.link(), new DigestRefuted(context.status.epoch(), zxid, right));
            }
        });
        if (!mine.equals(right)) {
            diverged(zxid);
        }
    }

    /** The digest that a quorum has; null when none does, or not yet. */
    private @Nullable Long quorums(long mine, Map<PeerId, Told> theirs) {
        List<Long> all = new ArrayList<>(List.of(mine));
        theirs.values().forEach(told -> all.add(told.digest()));
        for (Long digest : all) {
            long having = all.stream().filter(digest::equals).count();
            if (having >= context.config.ensemble().quorumSize()) {
                return digest;
            }
        }
        return null;
    }

    private void sayUndecided(Zxid zxid, long mine, Map<PeerId, Told> theirs) {
        if (undecidedSaid) {
            return;
        }
        undecidedSaid = true;
        List<PeerId> differing = new ArrayList<>();
        theirs.forEach((peer, told) -> {
            if (told.digest() != mine) {
                differing.add(peer);
            }
        });
        effects.accept(new ReplicaEffect.StatesDiffer(zxid, differing));
    }

    private void diverged(Zxid zxid) {
        if (!diverged) {
            diverged = true;
            effects.accept(new ReplicaEffect.StateDiverged(zxid));
        }
    }

    private static void keepNewest(TreeMap<Zxid, ?> byZxid) {
        if (byZxid.size() > KEPT_MAX) {
            byZxid.pollFirstEntry();
        }
    }
}
