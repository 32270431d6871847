package io.fluxkeeper.client.watch;

import io.fluxkeeper.client.BadRequestException;
import io.fluxkeeper.client.SubscriberStalledException;
import io.fluxkeeper.client.TreeEvent;
import io.fluxkeeper.client.connection.Backoff;
import io.fluxkeeper.client.connection.ItemStream;
import io.fluxkeeper.client.connection.Link;
import io.fluxkeeper.client.connection.StreamHandler;
import io.fluxkeeper.client.session.Refusals;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Operators;

/**
 * One stream of one subscriber, over as many connections as it takes. It remembers the position behind the last item it
 * received, and the last znode it was shown of a state, and goes on from there at any peer, so that no change is missed
 * and none comes twice. All state belongs to the client's loop, and events are emitted there; {@code demand} and
 * {@code cancelled} are shared with the subscriber, whose {@link #request} and {@link #cancel} come on any thread.
 */
public final class WatchSubscription implements Subscription {
    private static final Logger LOG = LoggerFactory.getLogger(WatchSubscription.class);

    private final StreamSpec spec;
    private final WatchHost host;
    private final CoreSubscriber<? super TreeEvent> actual;
    private final Backoff backoff;
    private final Credit credit = new Credit();

    private final AtomicLong demand = new AtomicLong();
    private volatile boolean cancelled;

    private final EventBuffer buffer;

    /** Everything up to here was received; null as long as it is "from now" and no peer has said where that is. */
    private @Nullable ChangePosition position;

    /** While a state is shown, its last znode; else null. */
    private @Nullable ZnodePath shown;

    /** Came, and is told with the first that is shown: until then an earlier position is as good. */
    private WatchItem.@Nullable Reset resetting;

    private boolean showing;

    /** Where the subscriber has come to; null in the middle of a state. */
    private @Nullable ChangePosition delivered;

    private @Nullable Incoming incoming;
    private @Nullable Disposable retry;
    private boolean emitting;
    private boolean over;

    /** Whether the log says that the service has no room for it now: once, until it has. */
    private boolean waits;

    WatchSubscription(StreamSpec spec, WatchHost host, CoreSubscriber<? super TreeEvent> actual) {
        this.spec = spec;
        this.host = host;
        this.actual = actual;
        this.backoff = host.newBackoff();
        this.buffer = spec.conflated() ? new EventBuffer.NewestOfPath() : new EventBuffer.Every();
        this.position = spec.from();
        this.delivered = position;
    }

    @Override
    public void request(long n) {
        if (Operators.validate(n)) {
            demand.accumulateAndGet(n, Operators::addCap);
            host.loop().execute(this::emit);
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        host.loop().execute(() -> {
            over = true;
            stop();
            buffer.clear();
            host.leave(this);
        });
    }

    // ---- on the loop from here on ----

    void begin() {
        if (!cancelled) {
            host.enter(this);
        }
    }

    /** There is a connection again. */
    public void attached(Link link) {
        if (over) {
            return;
        }
        stop();
        credit.reset();
        resetting = null;
        Incoming next = new Incoming();
        incoming = next;
        try {
            next.stream = link.stream(
                    spec.route(),
                    spec.request(position, shown, host.session(), host.atLeast()),
                    buffer.ask(credit, demand.get()),
                    next);
        } catch (BadRequestException tooLong) {
            end(tooLong);
        } catch (OutOfMemoryError noRoom) {
            LOG.warn("{} waits: {}", spec.route().name(), noRoom.getMessage());
            retryLater();
        }
    }

    /** The connection is gone; the next one is announced by {@link #attached}. */
    public void detached() {
        stop();
    }

    /** The client is over. @param why null when it was closed by its user: the watch then completes */
    public void end(@Nullable Throwable why) {
        if (over) {
            return;
        }
        over = true;
        stop();
        buffer.clear();
        host.leave(this);
        if (!cancelled) {
            try {
                if (why == null) {
                    actual.onComplete();
                } else {
                    actual.onError(why);
                }
            } catch (RuntimeException | Error thrown) {
                LOG.error("a subscriber threw on the end of its watch", thrown);
            }
        }
    }

    private void stop() {
        if (retry != null) {
            retry.dispose();
            retry = null;
        }
        Incoming last = incoming;
        if (last != null) {
            incoming = null;
            if (last.stream != null) {
                last.stream.cancel();
            }
        }
    }

    private void retryLater() {
        stop();
        retry = host.loop().after(backoff.next(), () -> {
            Link link = host.link();
            if (link != null) {
                attached(link);
            }
        });
    }

    /** Gives the subscriber what it asked for, then lets the peer send as much again. */
    private void emit() {
        if (emitting) {
            return; // it asked from within onNext; the loop below sees it
        }
        emitting = true;
        TreeEvent event = null;
        while (!over && !cancelled && demand.get() > 0 && (event = buffer.poll()) != null) {
            if (demand.get() != Long.MAX_VALUE) {
                demand.decrementAndGet();
            }
            delivered = event.position();
            give(event);
        }
        emitting = false;
        askForMore();
    }

    /** One that throws counts as having cancelled (Reactive Streams, rule 2.13), and takes nobody with it. */
    private void give(TreeEvent event) {
        try {
            actual.onNext(event);
        } catch (RuntimeException | Error thrown) {
            LOG.error("a subscriber threw on an event; its watch ends", thrown);
            cancel();
        }
    }

    private void askForMore() {
        Incoming current = incoming;
        if (current != null && current.stream != null) {
            int more = buffer.ask(credit, demand.get());
            if (more > 0) {
                current.stream.request(more);
            }
        }
    }

    private void onItem(WatchItem item) {
        host.seen(item.zxid());
        backoff.reset();
        if (item instanceof WatchItem.Changed changed) {
            onChanged(changed);
        } else if (item instanceof WatchItem.Bookmark bookmark) {
            onBookmark(ChangePosition.after(bookmark.zxid()));
        } else if (item instanceof WatchItem.Started started) {
            onStarted(started);
        } else {
            onState(item);
        }
        emit();
    }

    /** A subscriber that has everything has come as far. */
    private void onBookmark(ChangePosition quietUpTo) {
        advance(quietUpTo);
        if (buffer.isEmpty() && !showing) {
            delivered = position;
        }
    }

    /** Now we know when "now" was. */
    private void onStarted(WatchItem.Started started) {
        if (position == null) {
            position = ChangePosition.after(started.zxid());
            delivered = position;
        }
    }

    private void onState(WatchItem item) {
        if (item instanceof WatchItem.Reset reset) {
            resetting = reset;
            return;
        }
        if (resetting != null) {
            showing = true;
            buffer.add(new TreeEvent.Reset(resetting.zxid()), position);
            resetting = null;
        }
        ChangePosition before = position;
        position = ChangePosition.after(item.zxid());
        if (item instanceof WatchItem.Present present) {
            shown = present.path();
            buffer.add(new TreeEvent.Present(present.zxid(), present.path(), present.stat(), present.data()), before);
        } else {
            showing = false;
            shown = null;
            buffer.add(new TreeEvent.Exact(item.zxid()), before);
        }
    }

    private void onChanged(WatchItem.Changed changed) {
        Zxid zxid = changed.zxid();
        ChangePosition behind =
                changed.last() ? ChangePosition.after(zxid) : new ChangePosition(zxid, changed.ordinal() + 1);
        ChangePosition before = position;
        if (!ignoreSeen(changed)) {
            buffer.add(
                    new TreeEvent.Changed(
                            zxid,
                            showing ? null : behind,
                            changed.type(),
                            changed.path(),
                            changed.stat(),
                            changed.data()),
                    before);
        }
        advance(behind);
    }

    /** A change before our position, from a peer that begins earlier than it was asked to. */
    private boolean ignoreSeen(WatchItem.Changed changed) {
        return position != null && position.compareTo(new ChangePosition(changed.zxid(), changed.ordinal())) > 0;
    }

    private void advance(ChangePosition to) {
        if (position == null || to.compareTo(position) > 0) {
            position = to;
        }
    }

    private void onRefused(ServerReply.Refused refused) {
        host.seen(refused.zxid());
        if (host.movedOnAfter(refused)) {
            return; // the next connection, or the end, is announced
        }
        if (refused.code() == ErrorCode.SUBSCRIBER_STALLED) {
            end(new SubscriberStalledException(delivered, refused.message()));
        } else if (refused.code().next() == ErrorCode.Next.RETRY_LATER) {
            if (!waits) {
                waits = true;
                LOG.warn("{} waits: {}: {}", spec.route().name(), refused.code(), refused.message());
            }
            retryLater();
        } else {
            end(Refusals.exceptionOf(refused, 0));
        }
    }

    /** What comes on one connection; what an earlier one still says is not heard. */
    private final class Incoming implements StreamHandler<WatchItem> {
        private @Nullable ItemStream<WatchItem> stream;

        @Override
        public void onItem(WatchItem item) {
            if (incoming == this) {
                credit.arrived();
                waits = false;
                WatchSubscription.this.onItem(item);
            }
        }

        @Override
        public void onRefused(ServerReply.Refused refused) {
            if (incoming == this) {
                WatchSubscription.this.onRefused(refused);
            }
        }

        /** With the connection gone, the next one is announced; a stream that ended alone is opened again. */
        @Override
        public void onLost(Throwable cause) {
            if (incoming == this) {
                retryLater();
            }
        }
    }
}
