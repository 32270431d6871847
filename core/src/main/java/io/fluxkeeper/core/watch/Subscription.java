package io.fluxkeeper.core.watch;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.znode.Change;
import io.fluxkeeper.core.znode.ZnodePath;

/** One watch of one client: what it is about, how far it has come, and how much it has asked for. */
final class Subscription {
    final long id;
    final long connection;
    final ZnodePath path;
    final WatchScope scope;
    final boolean withData;

    /** Nothing at or before this position is sent; it lies ahead of this peer when the client has seen more. */
    final ChangePosition from;

    /** Items the subscriber still takes. */
    long demand;

    /** Whether {@code Started} is out. */
    boolean started;

    /** Whether its connection has too many unsent bytes. */
    boolean congested;

    /**
     * Whether it gets matching changes as they happen. Otherwise it is a cursor: {@link #next} is the first change it
     * has not been shown, and it catches up at its own pace.
     */
    boolean live;

    /** For a cursor, the sequence number of the first change not looked at. */
    long next;

    /** The zxid of the last item sent; a bookmark must be above it. */
    Zxid lastSent;

    Subscription(
            long id,
            long connection,
            ZnodePath path,
            WatchScope scope,
            boolean withData,
            ChangePosition from,
            long next) {
        this.id = id;
        this.connection = connection;
        this.path = path;
        this.scope = scope;
        this.withData = withData;
        this.from = from;
        this.next = next;
        this.lastSent = from.zxid();
    }

    boolean mayBeSent() {
        return demand > 0 && !congested;
    }

    /** Whether the change is one it wants. */
    boolean wants(Change change) {
        if (!ChangeLog.isBehind(change, from)) {
            return false;
        }
        ZnodePath changed = change.path();
        return switch (scope) {
            case ZNODE -> path.equals(changed);
            case CHILDREN -> path.equals(changed.parent());
            case SUBTREE -> path.contains(changed);
        };
    }
}
