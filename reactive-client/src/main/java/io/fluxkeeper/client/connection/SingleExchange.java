package io.fluxkeeper.client.connection;

import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;
import io.rsocket.Payload;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/** A request-response of its own. Touched by the client's loop only, except {@link #onError}. */
final class SingleExchange<R> extends Exchange<R> implements CoreSubscriber<Payload> {
    private @Nullable Subscription upstream;

    SingleExchange(Link link, Routes.Route<?, R> route, int attempt, ReplyHandler<? super R> handler) {
        super(link, route, attempt, handler);
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        upstream = subscription;
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Payload payload) {
        try {
            if (!isOver()) {
                int length = payload.sliceData().readableBytes();
                replied(link().bytesOf(payload), 0, length);
            }
        } finally {
            payload.release();
        }
    }

    /** On the loop for a refusal; on any thread, and even within the sending, when the connection ended. */
    @Override
    public void onError(Throwable error) {
        ServerReply.Refused refused = Failures.refusal(error);
        link().loop().execute(() -> {
            if (isOver()) {
                return;
            }
            if (refused != null) {
                refused(refused);
                return;
            }
            if (Failures.isViolation(error)) {
                link().violated(error);
            }
            lost(error);
        });
    }

    /** A response without data: no Fluxkeeper peer gives one. */
    @Override
    public void onComplete() {
        if (!isOver()) {
            onError(new IllegalStateException(route() + " was answered without data"));
        }
    }

    @Override
    public void cancel() {
        super.cancel();
        if (upstream != null) {
            upstream.cancel();
        }
    }
}
