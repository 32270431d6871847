package io.fluxkeeper.server.client;

import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.replica.ReplyHandle;
import io.fluxkeeper.core.znode.Identity;
import io.rsocket.Payload;
import java.util.List;
import java.util.Objects;
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
    final long startNanos;
    /** Null when {@link #invalid} is there. */
    final @Nullable ClientRequest request;

    private final @Nullable Invalid invalid;

    private @Nullable CoreSubscriber<? super Payload> subscriber;
    private boolean cancelled;

    /** Written by the replica thread before it hands this object to the event loop. */
    private @Nullable ServerReply reply;

    /** A numbered write that cannot be carried out: the replica refuses it under its number. */
    record Invalid(WriteStamp stamp, ErrorCode code, String message) {}

    PendingReply(ClientConnection connection, RouteTable.Entry route, ClientRequest request, long startNanos) {
        this(connection, route, startNanos, request, null);
    }

    PendingReply(ClientConnection connection, RouteTable.Entry route, Invalid invalid, long startNanos) {
        this(connection, route, startNanos, null, invalid);
    }

    private PendingReply(
            ClientConnection connection,
            RouteTable.Entry route,
            long startNanos,
            @Nullable ClientRequest request,
            @Nullable Invalid invalid) {
        this.connection = connection;
        this.route = route;
        this.startNanos = startNanos;
        this.request = request;
        this.invalid = invalid;
    }

    /** What the replica is told. */
    ReplicaInput input(byte[] freshPassword, List<Identity> identities) {
        ClientRequest asked = request;
        if (asked != null) {
            return new ReplicaInput.Requested(connection.number(), this, asked, freshPassword, identities);
        }
        Invalid why = Objects.requireNonNull(invalid);
        return new ReplicaInput.InvalidWrite(connection.number(), this, why.stamp(), why.code(), why.message());
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
            connection.unwanted(this, answer);
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
