package io.fluxkeeper.client.watch;

import io.fluxkeeper.client.WatchEvent;
import io.fluxkeeper.client.WatchPositionLostException;
import io.fluxkeeper.client.WatchSpec;
import io.fluxkeeper.client.connection.Address;
import io.fluxkeeper.client.connection.Backoff;
import io.fluxkeeper.client.connection.ItemStream;
import io.fluxkeeper.client.connection.Link;
import io.fluxkeeper.client.connection.StreamHandler;
import io.fluxkeeper.client.session.Refusals;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Operators;

/**
 * One watch of one subscriber, over as many connections as it takes. It remembers the position behind the last item it
 * received and goes on from there at any peer, so that no change is missed and none comes twice. All state belongs to
 * the client's loop, and events are emitted there; {@code demand} and {@code cancelled} are shared with the subscriber,
 * whose {@link #request} and {@link #cancel} come on any thread.
 */
public final class WatchSubscription implements Subscription {
    private final WatchSpec spec;
    private final WatchHost host;
    private final CoreSubscriber<? super WatchEvent> actual;
    private final Backoff backoff;
    private final Credit credit = new Credit();

    private final AtomicLong demand = new AtomicLong();
    private volatile boolean cancelled;

    /** Events beyond the demand; never more than {@link Credit#HIDDEN_ITEMS}. */
    private final Queue<WatchEvent> buffer = new ArrayDeque<>(Credit.HIDDEN_ITEMS);

    /** Peers that do not keep the position any more; until one does. */
    private final Set<Address> refusedAt = new LinkedHashSet<>();

    private @Nullable Zxid oldest;

    /** Everything up to here was received; null as long as it is "from now" and no peer has said where that is. */
    private @Nullable ChangePosition position;

    private @Nullable Incoming incoming;
    private @Nullable Disposable retry;
    private boolean emitting;
    private boolean over;

    WatchSubscription(WatchSpec spec, WatchHost host, CoreSubscriber<? super WatchEvent> actual) {
        this.spec = spec;
        this.host = host;
        this.actual = actual;
        this.backoff = host.newBackoff();
        this.position = spec.from();
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
        Incoming next = new Incoming(link.address());
        incoming = next;
        next.stream = link.stream(
                Routes.WATCH,
                new ClientRequest.Watch(
                        spec.path(), spec.scope(), position, spec.withData(), host.session(), host.atLeast()),
                credit.take(demand.get(), buffer.size()),
                next);
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
            if (why == null) {
                actual.onComplete();
            } else {
                actual.onError(why);
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
        WatchEvent event = null;
        while (!over && !cancelled && demand.get() > 0 && (event = buffer.poll()) != null) {
            if (demand.get() != Long.MAX_VALUE) {
                demand.decrementAndGet();
            }
            actual.onNext(event);
        }
        emitting = false;
        askForMore();
    }

    private void askForMore() {
        Incoming current = incoming;
        if (current != null && current.stream != null) {
            int more = credit.take(demand.get(), buffer.size());
            if (more > 0) {
                current.stream.request(more);
            }
        }
    }

    private void onItem(WatchItem item) {
        host.seen(item.zxid());
        backoff.reset();
        refusedAt.clear();
        if (item instanceof WatchItem.Changed changed) {
            onChanged(changed);
        } else if (item instanceof WatchItem.Bookmark bookmark) {
            advance(ChangePosition.after(bookmark.zxid()));
        } else if (position == null) {
            position = ChangePosition.after(item.zxid()); // now we know when "now" was
        }
        emit();
    }

    private void onChanged(WatchItem.Changed changed) {
        Zxid zxid = changed.zxid();
        ChangePosition behind =
                changed.last() ? ChangePosition.after(zxid) : new ChangePosition(zxid, changed.ordinal() + 1);
        if (ignoreSeen(changed)) {
            advance(behind);
            return;
        }
        advance(behind);
        buffer.add(new WatchEvent(zxid, behind, changed.type(), changed.path(), changed.stat(), changed.data()));
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

    private void onRefused(Address address, ServerReply.Refused refused) {
        host.seen(refused.zxid());
        if (host.movedOnAfter(refused)) {
            return; // the next connection, or the end, is announced
        }
        if (refused.code() == ErrorCode.POSITION_TOO_OLD) {
            onPositionTooOld(address, refused);
        } else if (refused.code().next() == ErrorCode.Next.RETRY_LATER) {
            retryLater();
        } else {
            end(Refusals.exceptionOf(refused, 0));
        }
    }

    /** Another peer may keep more; when one that was asked comes round again, all within reach have been. */
    private void onPositionTooOld(Address address, ServerReply.Refused refused) {
        Zxid offered = refused.oldest();
        if (offered != null) {
            oldest = oldest == null ? offered : Zxid.min(oldest, offered);
        }
        boolean again = !refusedAt.add(address);
        if (again || refusedAt.size() >= host.addressCount()) {
            end(new WatchPositionLostException(oldest, refused.message()));
        } else {
            host.moveOn("it does not keep the changes after " + position + " any more");
        }
    }

    /** What comes on one connection; what an earlier one still says is not heard. */
    private final class Incoming implements StreamHandler<WatchItem> {
        private final Address address;
        private @Nullable ItemStream<WatchItem> stream;

        Incoming(Address address) {
            this.address = address;
        }

        @Override
        public void onItem(WatchItem item) {
            if (incoming == this) {
                credit.arrived();
                WatchSubscription.this.onItem(item);
            }
        }

        @Override
        public void onRefused(ServerReply.Refused refused) {
            if (incoming == this) {
                WatchSubscription.this.onRefused(address, refused);
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
