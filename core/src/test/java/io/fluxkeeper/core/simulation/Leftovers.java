package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.simulation.SimulatedNetwork.Direction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * What links carried, the last message of each kind, so that after a link's end a copy can come when it does harm: while
 * an answer of its kind is awaited from that very peer. By chance a late message hardly ever comes then.
 */
final class Leftovers {
    /** @param incarnation of the process that it was for; another one never had that link */
    record Leftover(long link, int incarnation, PeerMessage message) {}

    private final int perThousand;
    private final SplittableRandom random;
    /** By direction and kind: the last of the link that is up, or was up last. */
    private final TreeMap<Direction, Map<Class<?>, Leftover>> newest = new TreeMap<>();
    /** The same, of a link before that one. */
    private final TreeMap<Direction, Map<Class<?>, Leftover>> dead = new TreeMap<>();

    /** @param perThousand messages, so many are met by a leftover; with 0 nothing is remembered */
    Leftovers(int perThousand, SplittableRandom random) {
        this.perThousand = perThousand;
        this.random = random;
    }

    void arrived(Direction direction, long link, int incarnation, PeerMessage message) {
        if (perThousand == 0) {
            return;
        }
        Leftover before = newest.computeIfAbsent(direction, d -> new LinkedHashMap<>())
                .put(message.getClass(), new Leftover(link, incarnation, message));
        if (before != null && before.link() != link) {
            dead.computeIfAbsent(direction, d -> new LinkedHashMap<>()).put(message.getClass(), before);
        }
    }

    /** What a dead link carried in that direction, if it is to come now that a message leaves in the other one. */
    Optional<Leftover> meeting(Direction direction, long liveLink) {
        if (perThousand == 0 || random.nextInt(1_000) >= perThousand) {
            return Optional.empty();
        }
        List<Leftover> all = new ArrayList<>();
        Map<Class<?>, Leftover> older = dead.getOrDefault(direction, Map.of());
        newest.getOrDefault(direction, Map.of()).forEach((kind, last) -> {
            Leftover leftover = last.link() != liveLink ? last : older.get(kind);
            if (leftover != null) {
                all.add(leftover);
            }
        });
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
    }
}
