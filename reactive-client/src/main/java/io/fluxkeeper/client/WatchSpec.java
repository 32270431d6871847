package io.fluxkeeper.client;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What to watch.
 *
 * @param path the znode; it need not exist
 * @param scope the znode itself, its children, or everything from it downwards
 * @param depth levels below the path, for a subtree; null for all
 * @param types what must have happened; null for anything
 * @param from changes after this position; null for those after the subscription
 * @param withData whether events carry the data
 * @param withStat whether events carry the stat
 * @param conflated whether a subscriber that is slow gets the newest event of each path instead of every one
 */
public record WatchSpec(
        ZnodePath path,
        WatchScope scope,
        @Nullable Integer depth,
        @Nullable Set<EventType> types,
        @Nullable ChangePosition from,
        boolean withData,
        boolean withStat,
        boolean conflated) {
    public WatchSpec {
        if (depth != null && (depth < 0 || scope != WatchScope.SUBTREE)) {
            throw new IllegalArgumentException("depth is 0 or more, and for a subtree");
        }
        types = types == null ? null : Set.copyOf(types);
        if (types != null && types.isEmpty()) {
            throw new IllegalArgumentException("a watch of no types shows nothing");
        }
    }

    /** The znode itself. @throws IllegalArgumentException that says what is wrong with the path */
    public static WatchSpec znode(String path) {
        return of(ZnodePath.of(path), WatchScope.ZNODE);
    }

    /** The znode's children. @throws IllegalArgumentException that says what is wrong with the path */
    public static WatchSpec children(String path) {
        return of(ZnodePath.of(path), WatchScope.CHILDREN);
    }

    /** The znode and all below it. @throws IllegalArgumentException that says what is wrong with the path */
    public static WatchSpec subtree(String path) {
        return of(ZnodePath.of(path), WatchScope.SUBTREE);
    }

    /** From now on, every event, with the stat and without the data. */
    public static WatchSpec of(ZnodePath path, WatchScope scope) {
        return new WatchSpec(path, scope, null, null, null, false, true, false);
    }

    /** A subtree down to so many levels below the path. */
    public WatchSpec downTo(int levels) {
        return new WatchSpec(path, scope, levels, types, from, withData, withStat, conflated);
    }

    /** Only what is of these types. While a state is shown, all changes of it come. */
    public WatchSpec only(EventType... wanted) {
        return new WatchSpec(path, scope, depth, Set.of(wanted), from, withData, withStat, conflated);
    }

    /** Changes after all of that transaction; after a read's zxid, no change since that read is missed. */
    public WatchSpec after(Zxid zxid) {
        return from(ChangePosition.after(zxid));
    }

    /** Changes after that position, as in {@link TreeEvent#position()}. */
    public WatchSpec from(ChangePosition position) {
        return new WatchSpec(path, scope, depth, types, position, withData, withStat, conflated);
    }

    /** The same with the data in each event. */
    public WatchSpec includingData() {
        return new WatchSpec(path, scope, depth, types, from, true, withStat, conflated);
    }

    /** The same without the stat. */
    public WatchSpec withoutStat() {
        return new WatchSpec(path, scope, depth, types, from, withData, false, conflated);
    }

    /**
     * The same for a subscriber that wants to know how things are, not all that happened: while it is slow, a newer event
     * of a path takes the place of an older one.
     */
    public WatchSpec conflate() {
        return new WatchSpec(path, scope, depth, types, from, withData, withStat, true);
    }
}
