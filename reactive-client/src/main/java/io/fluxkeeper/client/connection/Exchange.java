package io.fluxkeeper.client.connection;

import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;

/**
 * One request that waits for its answer. Touched by the client's loop only. In the pipeline, one whose answer is given
 * up is answered all the same, and nobody looks.
 */
public class Exchange<R> {
    /** Who gave up an answer; it must not be kept until that comes. */
    private static final ReplyHandler<Object> NOBODY = new ReplyHandler<>() {
        @Override
        public void onReply(Object reply, int attempt) {
            // given up
        }

        @Override
        public void onRefused(ServerReply.Refused refused, int attempt) {
            // given up
        }

        @Override
        public void onLost(Throwable cause, int attempt) {
            // given up
        }
    };

    private final Link link;
    private final Routes.Route<?, R> route;
    private final int attempt;
    private ReplyHandler<? super R> handler;
    private boolean over;

    Exchange(Link link, Routes.Route<?, R> route, int attempt, ReplyHandler<? super R> handler) {
        this.link = link;
        this.route = route;
        this.attempt = attempt;
        this.handler = handler;
    }

    /** Gives up the answer. */
    public void cancel() {
        over = true;
        handler = NOBODY;
    }

    final boolean isOver() {
        return over;
    }

    final Link link() {
        return link;
    }

    final Routes.Route<?, R> route() {
        return route;
    }

    /** The reply's bytes; they may be overwritten afterwards. */
    final void replied(byte[] bytes, int offset, int length) {
        if (over) {
            return;
        }
        R reply;
        try {
            reply = Link.CODEC.readReply(route.reply(), bytes, offset, length);
        } catch (RuntimeException notAReply) {
            link.violated(notAReply);
            link.loop().execute(() -> lost(notAReply));
            return;
        }
        over = true;
        handler.onReply(reply, attempt);
    }

    final void refused(ServerReply.Refused refused) {
        if (!over) {
            over = true;
            handler.onRefused(refused, attempt);
        }
    }

    /** No answer will come. */
    final void lost(Throwable cause) {
        if (!over) {
            over = true;
            handler.onLost(cause, attempt);
        }
    }
}
