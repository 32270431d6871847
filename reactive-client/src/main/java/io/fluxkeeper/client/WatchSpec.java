package io.fluxkeeper.client;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.znode.ZnodePath;
import org.jspecify.annotations.Nullable;

/**
 * What to watch.
 *
 * @param path the znode; it need not exist
 * @param scope the znode itself, its children, or everything from it downwards
 * @param from changes after this position; null for those after the subscription
 * @param withData whether events carry the data
 */
public record WatchSpec(
        ZnodePath path, WatchScope scope, @Nullable ChangePosition from, boolean withData) {
    /** The znode itself. @throws IllegalArgumentException that says what is wrong with the path */
    public static WatchSpec znode(String path) {
        return new WatchSpec(ZnodePath.of(path), WatchScope.ZNODE, null, false);
    }

    /** The znode's children. @throws IllegalArgumentException that says what is wrong with the path */
    public static WatchSpec children(String path) {
        return new WatchSpec(ZnodePath.of(path), WatchScope.CHILDREN, null, false);
    }

    /** The znode and all below it. @throws IllegalArgumentException that says what is wrong with the path */
    public static WatchSpec subtree(String path) {
        return new WatchSpec(ZnodePath.of(path), WatchScope.SUBTREE, null, false);
    }

    /** Changes after all of that transaction; after a read's zxid, no change since that read is missed. */
    public WatchSpec after(Zxid zxid) {
        return from(ChangePosition.after(zxid));
    }

    /** Changes after that position, as in {@link WatchEvent#position()}. */
    public WatchSpec from(ChangePosition position) {
        return new WatchSpec(path, scope, position, withData);
    }

    /** The same with the data in each event. */
    public WatchSpec includingData() {
        return new WatchSpec(path, scope, from, true);
    }
}
