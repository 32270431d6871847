package io.fluxkeeper.client.connection;

import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;
import io.rsocket.Payload;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/** One open stream. Touched by the client's loop only, except {@link #onError} and {@link #onComplete}. */
public final class ItemStream<R> implements CoreSubscriber<Payload> {
    private final Link link;
    private final Routes.Route<?, R> route;
    private final int firstDemand;
    private final StreamHandler<? super R> handler;
    private @Nullable Subscription upstream;
    private boolean over;

    ItemStream(Link link, Routes.Route<?, R> route, int firstDemand, StreamHandler<? super R> handler) {
        this.link = link;
        this.route = route;
        this.firstDemand = firstDemand;
        this.handler = handler;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        upstream = subscription;
        subscription.request(firstDemand); // sends the first frame
    }

    @Override
    public void onNext(Payload payload) {
        R item;
        try {
            if (over) {
                return;
            }
            item = link.decode(route, payload);
        } catch (RuntimeException notAnItem) {
            link.violated(notAnItem);
            onError(notAnItem);
            return;
        } finally {
            payload.release();
        }
        handler.onItem(item);
    }

    @Override
    public void onError(Throwable error) {
        ServerReply.Refused refused = Failures.refusal(error);
        link.loop().execute(() -> {
            if (over) {
                return;
            }
            over = true;
            if (refused != null) {
                handler.onRefused(refused);
            } else {
                handler.onLost(error);
            }
        });
    }

    @Override
    public void onComplete() {
        onError(new IllegalStateException("the peer ended the " + route + " stream"));
    }

    /** Lets the peer send more. */
    public void request(int items) {
        if (upstream != null && !over) {
            upstream.request(items);
        }
    }

    /** Ends it; nothing more is handed on. */
    public void cancel() {
        over = true;
        if (upstream != null) {
            upstream.cancel();
        }
    }
}
