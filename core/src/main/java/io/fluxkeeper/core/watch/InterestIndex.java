package io.fluxkeeper.core.watch;

import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the live subscriptions that a change of a path concerns. A change costs one look-up for the znode, one for its
 * parent and one for each level above it; subscriptions elsewhere cost nothing.
 */
final class InterestIndex {
    private final Map<ZnodePath, Set<Subscription>> ofZnode = new HashMap<>();
    private final Map<ZnodePath, Set<Subscription>> ofChildren = new HashMap<>();

    /** By path and then by depth, so that one that does not reach down to a change is not met. */
    private final Map<ZnodePath, TreeMap<Integer, Set<Subscription>>> ofSubtree = new HashMap<>();

    private long lookUps;

    void add(Subscription subscription) {
        Interest interest = subscription.interest;
        if (interest.scope() == WatchScope.SUBTREE) {
            ofSubtree
                    .computeIfAbsent(interest.path(), path -> new TreeMap<>())
                    .computeIfAbsent(interest.depth(), depth -> new LinkedHashSet<>())
                    .add(subscription);
        } else {
            paths(interest.scope())
                    .computeIfAbsent(interest.path(), path -> new LinkedHashSet<>())
                    .add(subscription);
        }
    }

    /** Nothing happens when it is not there. */
    void remove(Subscription subscription) {
        Interest interest = subscription.interest;
        if (interest.scope() != WatchScope.SUBTREE) {
            remove(paths(interest.scope()), interest.path(), subscription);
            return;
        }
        TreeMap<Integer, Set<Subscription>> byDepth = ofSubtree.get(interest.path());
        if (byDepth != null) {
            remove(byDepth, interest.depth(), subscription);
            if (byDepth.isEmpty()) {
                ofSubtree.remove(interest.path());
            }
        }
    }

    private static <K> void remove(Map<K, Set<Subscription>> from, K key, Subscription subscription) {
        Set<Subscription> there = from.get(key);
        if (there != null && there.remove(subscription) && there.isEmpty()) {
            from.remove(key);
        }
    }

    /**
     * Shows every subscription whose scope has the path, each once, in an order that only registrations decide. None may
     * be added or removed meanwhile.
     */
    void forEachConcernedBy(ZnodePath changed, Consumer<Subscription> action) {
        forEachAt(ofZnode, changed, action);
        forEachAt(ofChildren, changed.parent(), action);
        if (ofSubtree.isEmpty()) {
            return;
        }
        int levelsBelow = 0;
        for (ZnodePath at = changed; at != null; at = at.parent()) {
            lookUps++;
            TreeMap<Integer, Set<Subscription>> byDepth = ofSubtree.get(at);
            if (byDepth != null) {
                byDepth.tailMap(levelsBelow).values().forEach(there -> there.forEach(action));
            }
            levelsBelow++;
        }
    }

    /** How often it has looked a path up. */
    long lookUps() {
        return lookUps;
    }

    private void forEachAt(
            Map<ZnodePath, Set<Subscription>> paths, @Nullable ZnodePath path, Consumer<Subscription> action) {
        if (path == null || paths.isEmpty()) {
            return;
        }
        lookUps++;
        Set<Subscription> there = paths.get(path);
        if (there != null) {
            there.forEach(action);
        }
    }

    private Map<ZnodePath, Set<Subscription>> paths(WatchScope scope) {
        return scope == WatchScope.ZNODE ? ofZnode : ofChildren;
    }
}
