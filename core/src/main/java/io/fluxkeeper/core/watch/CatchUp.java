package io.fluxkeeper.core.watch;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.znode.Znode;
import io.fluxkeeper.core.znode.ZnodePath;
import io.fluxkeeper.core.znode.ZnodeTree;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a cursor: first the changes behind its position; then, if it shows the state and no change is left, znodes
 * as they are now. Whatever was shown is therefore up to date whenever a further znode is read, and nothing has to be
 * pinned or kept for it: a position and a path are all it needs.
 */
final class CatchUp {
    /** Bytes of data in the items of a turn, roughly; the last item goes beyond. */
    private static final int TURN_BYTES_MAX = 256 << 10;

    /** Rough bytes of an item without its data. */
    private static final int ITEM_BYTES = 160;

    /** How a turn ended. */
    enum End {
        /** It has had its share. */
        PAUSED,
        /** There is something for it, and it has to ask for it. */
        AWAITS_DEMAND,
        /** It is up to date. */
        CAUGHT_UP,
        /** What comes next is in the store alone. */
        AT_OLD_BLOCK,
        /** What it would show now is older than what its client has seen. */
        AHEAD_OF_STATE
    }

    private final ChangeLog log;
    private final ZnodeTree tree;
    private final ChangePages pages;
    private final Subscription subscription;
    private final Zxid applied;
    private final List<WatchItem> items = new ArrayList<>();
    private final int visitsMax;
    private int visits;
    private int bytes;

    /** @param visitsMax changes and znodes to look at */
    CatchUp(ChangeLog log, ZnodeTree tree, ChangePages pages, Subscription subscription, Zxid applied, int visitsMax) {
        this.log = log;
        this.tree = tree;
        this.pages = pages;
        this.subscription = subscription;
        this.applied = applied;
        this.visitsMax = visitsMax;
    }

    /** What to send: no more than it has asked for. */
    List<WatchItem> items() {
        return items;
    }

    int visits() {
        return visits;
    }

    /** Goes on until there is something that was not asked for, or nothing, or its share is used up. */
    End run() {
        if (!subscription.resetDue && !log.reachesBackTo(subscription.position)) {
            subscription.resetDue = true;
        }
        if (!hasRoom() && (subscription.resetDue || !subscription.started)) {
            return End.AWAITS_DEMAND;
        }
        if (subscription.resetDue && !reset()) {
            return End.AHEAD_OF_STATE;
        }
        if (!subscription.started) {
            subscription.started = true;
            items.add(new WatchItem.Started(subscription.position.zxid()));
        }
        while (hasShareLeft()) {
            ChangeBlock block = log.blockBehind(subscription.position);
            if (block != null) {
                byte[] content = pages.bytesFor(subscription, block);
                if (content == null) {
                    return End.AT_OLD_BLOCK;
                }
                if (!read(new BlockReader(content, block.length()))) {
                    return End.AWAITS_DEMAND;
                }
            } else if (!subscription.showing) {
                return End.CAUGHT_UP;
            } else if (isAheadOfState()) {
                return End.AHEAD_OF_STATE;
            } else if (!hasRoom()) {
                return End.AWAITS_DEMAND;
            } else {
                show();
            }
        }
        return End.PAUSED;
    }

    private boolean hasRoom() {
        return items.size() < subscription.demand;
    }

    private boolean hasShareLeft() {
        return visits < visitsMax && bytes < TURN_BYTES_MAX;
    }

    private boolean isAheadOfState() {
        return Zxid.max(subscription.notBefore, subscription.position.zxid()).isAfter(applied);
    }

    /** Begins with the state. @return false when it is older than what the client has seen */
    private boolean reset() {
        if (isAheadOfState()) {
            return false;
        }
        subscription.resetDue = false;
        subscription.started = true;
        subscription.showing = true;
        subscription.shown(null);
        subscription.position = ChangePosition.after(applied);
        items.add(new WatchItem.Reset(applied));
        return true;
    }

    /** @return false when it has come to a change that was not asked for */
    private boolean read(BlockReader block) {
        ChangePosition from = subscription.position;
        long fromZxid = from.zxid().value();
        while (block.nextTransaction()) {
            if (block.zxid() < fromZxid || block.zxid() == fromZxid && from.ordinal() >= block.count()) {
                continue;
            }
            if (!hasShareLeft()) {
                return true;
            }
            if (!readTransaction(block, block.zxid() == fromZxid ? from.ordinal() : 0)) {
                return false;
            }
        }
        return true;
    }

    /** Each change it wants waits for the next one, to know whether it is the last. */
    private boolean readTransaction(BlockReader block, int fromOrdinal) {
        int waitingAt = -1;
        int waitingOrdinal = -1;
        while (block.nextChange()) {
            visits++;
            if (block.ordinal() < fromOrdinal || !subscription.wants(block)) {
                continue;
            }
            if (waitingAt >= 0) {
                add(block, waitingAt, waitingOrdinal, false);
            }
            if (!hasRoom()) {
                subscription.position = new ChangePosition(new Zxid(block.zxid()), block.ordinal());
                return false;
            }
            waitingAt = block.changeAt();
            waitingOrdinal = block.ordinal();
        }
        if (waitingAt >= 0) {
            add(block, waitingAt, waitingOrdinal, true);
        }
        subscription.position = ChangePosition.after(new Zxid(block.zxid()));
        return true;
    }

    private void add(BlockReader block, int at, int ordinal, boolean last) {
        WatchItem.Changed item = block.item(at, ordinal, last, subscription.withStat, subscription.withData);
        count(item.data());
        items.add(item);
    }

    /** One znode, or the end of the state. */
    private void show() {
        visits++;
        subscription.position = ChangePosition.after(applied);
        String top = subscription.interest.path().value();
        String next = tree.next(top, subscription.shown, subscription.interest.lowestLevel());
        if (next != null && next.equals(top) && !subscription.interest.includesTop()) {
            subscription.shown(top);
            return;
        }
        Znode znode = next == null ? null : tree.get(next);
        if (next == null || znode == null) {
            subscription.showing = false;
            subscription.shown(null);
            items.add(new WatchItem.Exact(applied));
            return;
        }
        subscription.shown(next);
        byte[] data = subscription.withData ? znode.data() : null;
        count(data);
        items.add(
                new WatchItem.Present(applied, new ZnodePath(next), subscription.withStat ? znode.stat() : null, data));
    }

    private void count(byte @Nullable [] data) {
        bytes += ITEM_BYTES + (data == null ? 0 : data.length);
    }
}
