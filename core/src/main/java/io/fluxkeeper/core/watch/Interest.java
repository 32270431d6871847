package io.fluxkeeper.core.watch;

import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.znode.ZnodePath;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription is about: which paths, and which events there.
 *
 * @param depth levels below the path that belong to the scope {@code SUBTREE}; else of no meaning
 * @param types null for all
 * @param prefix the path in UTF-8; empty for the root, so that a slash follows in every path below
 */
record Interest(
        ZnodePath path,
        WatchScope scope,
        int depth,
        @Nullable Set<EventType> types,
        byte[] prefix) {
    /** Depth of a whole subtree. */
    static final int ALL_LEVELS = Integer.MAX_VALUE;

    static Interest of(ClientRequest.StreamRequest request) {
        if (request instanceof ClientRequest.Watch watch) {
            return of(watch.path(), watch.scope(), watch.depth(), watch.types());
        } else if (request instanceof ClientRequest.Observe observe) {
            return of(observe.path(), WatchScope.SUBTREE, observe.depth(), null);
        }
        throw new IllegalArgumentException("no watch: " + request);
    }

    private static Interest of(
            ZnodePath path, WatchScope scope, @Nullable Integer depth, @Nullable Set<EventType> types) {
        byte[] prefix = path.isRoot() ? new byte[0] : path.value().getBytes(StandardCharsets.UTF_8);
        return new Interest(path, scope, depth == null ? ALL_LEVELS : depth, types, prefix);
    }

    boolean wants(EventType type) {
        return types == null || types.contains(type);
    }

    /** Levels below the path of the lowest znodes in it. */
    int lowestLevel() {
        return switch (scope) {
            case ZNODE -> 0;
            case CHILDREN -> 1;
            case SUBTREE -> depth;
        };
    }

    /** Whether the znode itself is in it; the children of one are not the one. */
    boolean includesTop() {
        return scope != WatchScope.CHILDREN;
    }

    /** Whether a path belongs to it. @param bytes have the path in UTF-8, from {@code at} on */
    boolean covers(byte[] bytes, int at, int length) {
        if (length < prefix.length) {
            return false;
        }
        for (int i = prefix.length - 1; i >= 0; i--) { // paths of one subtree differ at their ends
            if (bytes[at + i] != prefix[i]) {
                return false;
            }
        }
        if (length == prefix.length || length == 1) { // a path of one byte is the root
            return includesTop();
        }
        if (bytes[at + prefix.length] != '/') {
            return false;
        }
        int levels = 0;
        int lowest = lowestLevel();
        for (int i = prefix.length; i < length && levels <= lowest; i++) {
            levels += bytes[at + i] == '/' ? 1 : 0;
        }
        return levels <= lowest;
    }

    /** In the order of paths, with the slash lowest. @param bytes have a path in UTF-8, from {@code at} on */
    static int compare(byte[] bytes, int at, int length, byte[] path) {
        int common = Math.min(length, path.length);
        for (int i = 0; i < common; i++) {
            int a = bytes[at + i] & 0xff;
            int b = path[i] & 0xff;
            if (a != b) {
                return a == '/' ? -1 : b == '/' ? 1 : Integer.compare(a, b);
            }
        }
        return Integer.compare(length, path.length);
    }
}
