package io.fluxkeeper.server.client;

import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.replica.ReplyHandle;
import io.rsocket.Payload;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * One request on its way: what RSocket subscribes to, what the replica answers to, and what the event loop then runs.
 * One object for the three, since there is one of each a request. Everything happens on the connection's event loop
 * except {@link #answer}.
 */
final class PendingReply extends Mono<Payload> implements Subscription, ReplyHandle, Runnable {
    final ClientConnection connection;
    final RouteTable.Entry route;
    final ClientRequest request;
    final long startNanos;

    private @Nullable CoreSubscriber<? super Payload> subscriber;
    private boolean cancelled;

    /** Written by the replica thread before it hands this object to the event loop. */
    private @Nullable ServerReply reply;

    PendingReply(ClientConnection connection, RouteTable.Entry route, ClientRequest request, long startNanos) {
        this.connection = connection;
        this.route = route;
        this.request = request;
        this.startNanos = startNanos;
    }

    /** Asks the replica; RSocket subscribes once, at once. */
    @Override
    public void subscribe(CoreSubscriber<? super Payload> actual) {
        if (subscriber != null) {
            Operators.error(actual, new IllegalStateException("a request is sent once"));
            return;
        }
        subscriber = actual;
        ServerReply.Refused refused = connection.submit(this);
        actual.onSubscribe(this);
        if (refused != null) {
            connection.count(route, refused, startNanos);
            actual.onError(Refusal.of(refused));
        }
    }

    /** On the replica thread. */
    void answer(ServerReply answer) {
        reply = answer;
    }

    /** On the event loop, once the replica has answered. */
    @Override
    public void run() {
        ServerReply answer = reply;
        CoreSubscriber<? super Payload> actual = subscriber;
        if (answer == null || actual == null) {
            return;
        }
        connection.answered(this, answer);
        if (cancelled) {
            return;
        }
        cancelled = true; // a second answer finds nobody
        if (answer instanceof ServerReply.Refused refused) {
            actual.onError(Refusal.of(refused));
        } else {
            actual.onNext(connection.encode(answer));
            actual.onComplete();
        }
    }

    @Override
    public void request(long n) {
        // RSocket asks for as many as there are, and there is one
    }

    /** Gives up the answer; the request goes its way, and counts until its answer comes. */
    @Override
    public void cancel() {
        cancelled = true;
    }
}
