package io.fluxkeeper.server.client;

import io.fluxkeeper.core.protocol.ServerReply;
import io.rsocket.Payload;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/** The answer to a request-response, as RSocket wants it. Everything happens on the connection's event loop. */
final class SingleReply extends Mono<Payload> implements Subscription, PendingReply.Asker {
    private final ClientConnection connection;
    private @Nullable CoreSubscriber<? super Payload> subscriber;

    /** What was refused before RSocket subscribed. */
    private @Nullable ServerReply early;

    private boolean over;

    SingleReply(ClientConnection connection) {
        this.connection = connection;
    }

    /** RSocket subscribes once, at once. */
    @Override
    public void subscribe(CoreSubscriber<? super Payload> actual) {
        if (subscriber != null) {
            Operators.error(actual, new IllegalStateException("a request is sent once"));
            return;
        }
        subscriber = actual;
        actual.onSubscribe(this);
        ServerReply answer = early;
        if (answer != null) {
            answered(0, answer);
        }
    }

    @Override
    public boolean isGone() {
        return over;
    }

    @Override
    public void answered(int number, ServerReply answer) {
        CoreSubscriber<? super Payload> actual = subscriber;
        if (actual == null) {
            early = answer;
        } else if (!over) {
            over = true;
            connection.flush(); // what was answered before goes before
            if (answer instanceof ServerReply.Refused refused) {
                actual.onError(Refusal.of(refused));
            } else {
                actual.onNext(connection.encode(answer));
                actual.onComplete();
            }
        }
    }

    @Override
    public void request(long n) {
        // RSocket asks for as many as there are, and there is one
    }

    /** Gives up the answer; the request goes its way, and counts until its answer comes. */
    @Override
    public void cancel() {
        over = true;
    }
}
