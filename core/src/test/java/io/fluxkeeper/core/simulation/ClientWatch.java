package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.simulation.check.Model;
import io.fluxkeeper.core.simulation.check.Violation;
import io.fluxkeeper.core.simulation.check.WatchStream;
import io.fluxkeeper.core.znode.ZnodePath;
import org.jspecify.annotations.Nullable;

/** A client's watch, over all the subscriptions by which it goes on from peer to peer. */
final class ClientWatch {
    final String path;
    final WatchScope scope;
    /** Whether it begins with the state. */
    final boolean observes;

    private final WatchStream stream;
    /** Where it goes on; null to start from now. */
    private @Nullable ChangePosition position;

    /** The last znode shown, while the state is shown; else null. */
    private @Nullable ZnodePath shown;

    /** What the client had seen when it asked for it. */
    private Zxid seen = Zxid.ZERO;

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
    ClientWatch(Model model, String path, WatchScope scope, boolean observes, @Nullable ChangePosition position) {
        this.path = path;
        this.scope = scope;
        this.observes = observes;
        this.position = position;
        stream = new WatchStream(model, path, scope);
    }

    @Nullable ChangePosition position() {
        return position;
    }

    /** What asks for it, or for the rest of it. */
    ClientRequest.StreamRequest request(@Nullable SessionId session, @Nullable Zxid seen) {
        this.seen = seen == null ? Zxid.ZERO : seen;
        ZnodePath top = ZnodePath.of(path);
        return observes
                ? new ClientRequest.Observe(top, null, position, shown, true, session, seen)
                : new ClientRequest.Watch(top, scope, null, null, position, shown, true, true, session, seen);
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

    /** The peer, which has applied so much, has done what followed from it. */
    void effectsDone(boolean waitsForStore, Zxid applied) {
        live = isSubscribed() && started && known > came && !waitsForStore && !isAheadOf(applied);
    }

    /** It goes on with the state only when the peer has applied what the client has seen: it is at its beginning yet. */
    private boolean isAheadOf(Zxid applied) {
        ChangePosition from = position;
        return shown != null
                && (seen.isAfter(applied) || from != null && from.zxid().isAfter(applied));
    }

    /** Until the peer has caught up with it again, what it is due may come behind what shows it. */
    void fellBehind() {
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
            if (item instanceof WatchItem.Reset) {
                started = true;
                continue; // nothing is lost yet with an earlier position
            }
            shown = item instanceof WatchItem.Present present
                    ? present.path()
                    : item instanceof WatchItem.Exact ? null : shown;
            position = item instanceof WatchItem.Changed changed && !changed.last()
                    ? new ChangePosition(changed.zxid(), changed.ordinal() + 1)
                    : ChangePosition.after(item.zxid());
        }
        if (came >= known) {
            live = false;
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
