package io.fluxkeeper.core.watch;

import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the subscriptions that a change of a path concerns. A change costs one look-up for the znode, one for its
 * parent and one for each level above it; subscriptions elsewhere cost nothing.
 */
final class InterestIndex {
    private final Map<WatchScope, Map<ZnodePath, Set<Subscription>>> byScope = new EnumMap<>(WatchScope.class);

    InterestIndex() {
        for (WatchScope scope : WatchScope.values()) {
            byScope.put(scope, new HashMap<>());
        }
    }

    void add(Subscription subscription) {
        paths(subscription.scope)
                .computeIfAbsent(subscription.path, path -> new LinkedHashSet<>())
                .add(subscription);
    }

    void remove(Subscription subscription) {
        Set<Subscription> there = paths(subscription.scope).get(subscription.path);
        if (there != null && there.remove(subscription) && there.isEmpty()) {
            paths(subscription.scope).remove(subscription.path);
        }
    }

    /** Shows every subscription whose scope has the path, each once, in an order that only registrations decide. */
    void forEachConcernedBy(ZnodePath changed, Consumer<Subscription> action) {
        forEachAt(WatchScope.ZNODE, changed, action);
        forEachAt(WatchScope.CHILDREN, changed.parent(), action);
        if (!paths(WatchScope.SUBTREE).isEmpty()) {
            for (ZnodePath at = changed; at != null; at = at.parent()) {
                forEachAt(WatchScope.SUBTREE, at, action);
            }
        }
    }

    private void forEachAt(WatchScope scope, @Nullable ZnodePath path, Consumer<Subscription> action) {
        Map<ZnodePath, Set<Subscription>> paths = paths(scope);
        if (path == null || paths.isEmpty()) {
            return;
        }
        Set<Subscription> there = paths.get(path);
        if (there != null) {
            there.forEach(action);
        }
    }

    private Map<ZnodePath, Set<Subscription>> paths(WatchScope scope) {
        Map<ZnodePath, Set<Subscription>> paths = byScope.get(scope);
        if (paths == null) {
            throw new IllegalStateException("no index for " + scope);
        }
        return paths;
    }
}
