package io.fluxkeeper.client.connection;

import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;
import io.rsocket.Payload;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/** One request that waits for its reply. Touched by the client's loop only, except {@link #onError}. */
public final class Exchange<R> implements CoreSubscriber<Payload> {
    private final Link link;
    private final Routes.Route<?, R> route;
    private final int attempt;
    private final ReplyHandler<? super R> handler;
    private @Nullable Subscription upstream;
    private boolean over;

    Exchange(Link link, Routes.Route<?, R> route, int attempt, ReplyHandler<? super R> handler) {
        this.link = link;
        this.route = route;
        this.attempt = attempt;
        this.handler = handler;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        upstream = subscription;
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Payload payload) {
        R reply;
        try {
            if (over) {
                return;
            }
            reply = link.decode(route, payload);
        } catch (RuntimeException notAReply) {
            over = true;
            link.violated(notAReply);
            link.loop().execute(() -> handler.onLost(notAReply, attempt));
            return;
        } finally {
            payload.release();
        }
        over = true;
        handler.onReply(reply, attempt);
    }

    /** On the loop for a refusal; on any thread, and even within the sending, when the connection ended. */
    @Override
    public void onError(Throwable error) {
        ServerReply.Refused refused = Failures.refusal(error);
        link.loop().execute(() -> {
            if (over) {
                return;
            }
            over = true;
            if (refused != null) {
                handler.onRefused(refused, attempt);
                return;
            }
            if (Failures.isViolation(error)) {
                link.violated(error);
            }
            handler.onLost(error, attempt);
        });
    }

    /** A response without data: no Fluxkeeper peer gives one. */
    @Override
    public void onComplete() {
        if (!over) {
            onError(new IllegalStateException(route + " was answered without data"));
        }
    }

    /** Gives up the answer. */
    public void cancel() {
        over = true;
        if (upstream != null) {
            upstream.cancel();
        }
    }
}
