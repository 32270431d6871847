package io.fluxkeeper.server.client;

import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.rsocket.Payload;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * One watch or observation. The subscriber's demand goes to the replica, which sends no more than that; so nothing is buffered here.
 * Everything happens on the connection's event loop.
 */
final class WatchStream extends Flux<Payload> implements Subscription {
    /** Rough bytes of an item without its data. */
    private static final long ITEM_BYTES = 200;

    final ClientConnection connection;
    final RouteTable.Entry route;
    final ClientRequest.StreamRequest request;
    final long startNanos;

    /** Never used again; the replica knows the watch by it. */
    final long number;

    private @Nullable CoreSubscriber<? super Payload> subscriber;
    private boolean over;

    /** Demand that the mailbox had no room for; see {@link ClientConnection#demand}. */
    long heldDemand;

    WatchStream(
            ClientConnection connection,
            RouteTable.Entry route,
            ClientRequest.StreamRequest request,
            long startNanos,
            long number) {
        this.connection = connection;
        this.route = route;
        this.request = request;
        this.startNanos = startNanos;
        this.number = number;
    }

    /** Tells the replica, then RSocket, whose first demand comes in here before this method returns. */
    @Override
    public void subscribe(CoreSubscriber<? super Payload> actual) {
        if (subscriber != null) {
            Operators.error(actual, new IllegalStateException("a watch is started once"));
            return;
        }
        subscriber = actual;
        ServerReply.Refused refused = connection.submit(this);
        over = refused != null;
        actual.onSubscribe(this);
        if (refused != null) {
            connection.count(route, refused, startNanos);
            actual.onError(Refusal.of(refused));
        }
    }

    @Override
    public void request(long items) {
        if (!over && items > 0) {
            connection.demand(this, items);
        }
    }

    @Override
    public void cancel() {
        connection.onLoop(() -> {
            if (!over) {
                over = true;
                connection.cancelled(this);
            }
        });
    }

    /** Roughly what the items take in memory, as frames. */
    static long bytesOf(List<WatchItem> items) {
        long bytes = 0;
        for (WatchItem item : items) {
            byte[] data = item instanceof WatchItem.Changed changed
                    ? changed.data()
                    : item instanceof WatchItem.Present present ? present.data() : null;
            bytes += UnsentBytes.FRAME_OVERHEAD_BYTES + ITEM_BYTES + (data == null ? 0 : data.length);
        }
        return bytes;
    }

    /** @param bytes as {@link #bytesOf} said */
    void emit(List<WatchItem> items, long bytes) {
        CoreSubscriber<? super Payload> actual = subscriber;
        connection.flush(); // what was answered before goes before
        int sent = 0;
        try {
            for (WatchItem item : items) {
                if (over || actual == null) {
                    break; // cancelled while these items were on their way
                }
                actual.onNext(connection.encodeShared(item));
                sent++;
            }
        } finally {
            connection.encoded(sent, bytes);
        }
    }

    void end(ServerReply.Refused why) {
        CoreSubscriber<? super Payload> actual = subscriber;
        if (!over && actual != null) {
            over = true;
            connection.flush();
            connection.ended(this, why);
            actual.onError(Refusal.of(why));
        }
    }
}
