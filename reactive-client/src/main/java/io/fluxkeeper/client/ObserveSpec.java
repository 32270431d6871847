package io.fluxkeeper.client;

import io.fluxkeeper.core.znode.ZnodePath;
import org.jspecify.annotations.Nullable;

/**
 * What to observe.
 *
 * @param path the znode at the top; it need not exist
 * @param depth levels below it, 0 for the znode alone; null for all
 * @param withData whether events carry the data
 */
public record ObserveSpec(ZnodePath path, @Nullable Integer depth, boolean withData) {
    public ObserveSpec {
        if (depth != null && depth < 0) {
            throw new IllegalArgumentException("depth is 0 or more: " + depth);
        }
    }

    /** The znode alone. @throws IllegalArgumentException that says what is wrong with the path */
    public static ObserveSpec znode(String path) {
        return new ObserveSpec(ZnodePath.of(path), 0, false);
    }

    /** The znode and all below it. @throws IllegalArgumentException that says what is wrong with the path */
    public static ObserveSpec subtree(String path) {
        return new ObserveSpec(ZnodePath.of(path), null, false);
    }

    /** The same down to so many levels below the path. */
    public ObserveSpec downTo(int levels) {
        return new ObserveSpec(path, levels, withData);
    }

    /** The same with the data in each event. */
    public ObserveSpec includingData() {
        return new ObserveSpec(path, depth, true);
    }
}
