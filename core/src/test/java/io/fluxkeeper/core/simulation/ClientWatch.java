package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.simulation.check.Model;
import io.fluxkeeper.core.simulation.check.Violation;
import io.fluxkeeper.core.simulation.check.WatchStream;
import org.jspecify.annotations.Nullable;

/** A client's watch, over all the subscriptions by which it goes on from peer to peer. */
final class ClientWatch {
    final String path;
    final WatchScope scope;
    private final WatchStream stream;
    /** Where it goes on; null to start from now. */
    private @Nullable ChangePosition position;

    /** 0 for none. */
    private long subscription;

    private boolean started;
    /** Items asked for, in all; how many of them the peer knows of; how many came. */
    private long asked;

    private long known;
    private long came;
    /** Whether whatever happens must be shown before anything that shows it. */
    private boolean live;

    /** @param position null to start from now */
    ClientWatch(Model model, String path, WatchScope scope, @Nullable ChangePosition position) {
        this.path = path;
        this.scope = scope;
        this.position = position;
        stream = new WatchStream(model, path, scope);
    }

    @Nullable ChangePosition position() {
        return position;
    }

    boolean isSubscribed() {
        return subscription != 0;
    }

    boolean is(long aSubscription) {
        return aSubscription == subscription;
    }

    long subscription() {
        return subscription;
    }

    void subscribed(long aSubscription) {
        subscription = aSubscription;
        started = false;
        asked = 0;
        known = 0;
        came = 0;
        live = false;
    }

    /** Its connection is gone, or it was given up. */
    void lost() {
        subscription = 0;
        live = false;
    }

    void asks(long items) {
        asked += items;
    }

    /** Items that the client takes and did not get yet. */
    long due() {
        return asked - came;
    }

    /** The peer has handled everything that it was told. */
    void drained() {
        known = asked;
    }

    /** The peer has done what followed from it. */
    void effectsDone(boolean congested) {
        live = isSubscribed() && started && known > came && !congested;
    }

    void congested() {
        live = false;
    }

    void items(Iterable<WatchItem> items) {
        for (WatchItem item : items) {
            came++;
            if (came > asked) {
                throw new Violation("queue bounds", "watch of %s got %s items and asked for %s", path, came, asked);
            }
            if (item instanceof WatchItem.Started start) {
                if (position == null) {
                    stream.startAfter(start.zxid());
                    position = ChangePosition.after(start.zxid());
                }
                started = true;
                continue;
            }
            stream.item(item);
            position = item instanceof WatchItem.Changed changed && !changed.last()
                    ? new ChangePosition(changed.zxid(), changed.ordinal() + 1)
                    : ChangePosition.after(item.zxid());
        }
        if (came >= known) {
            live = false;
        }
    }

    void ended(ServerReply.Refused why) {
        lost();
        if (why.code() == ErrorCode.POSITION_TOO_OLD) {
            position = null; // as it is told: read the state and watch from now
        }
    }

    /** A reply on its connection shows the state at that zxid. */
    void shown(Zxid zxid) {
        if (live) {
            stream.nothingDueUpTo(zxid, "a reply");
        }
    }

    boolean isComplete() {
        return started && stream.isComplete();
    }

    @Override
    public String toString() {
        return scope + " " + path + " by " + subscription + " at " + position + " asked " + asked + " came " + came
                + (isComplete() ? " complete" : " incomplete");
    }
}
