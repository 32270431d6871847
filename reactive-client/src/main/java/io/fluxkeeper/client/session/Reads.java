package io.fluxkeeper.client.session;

import io.fluxkeeper.client.Freshness;
import io.fluxkeeper.client.connection.Backoff;
import io.fluxkeeper.client.connection.Link;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;

/**
 * The reads that are not answered. A read changes nothing, so it is asked again at another peer until it is answered
 * or its time is over. Touched by the client's loop only.
 */
final class Reads {
    private final Host host;
    private final Writes writes;
    private final Backoff backoff;

    /** Sent, in order of sending. */
    private final Chain inFlight = new Chain();
    /** Wait for a connection. */
    private final Chain waiting = new Chain();
    /** Wait for a peer that was too busy. */
    private final Chain later = new Chain();

    private @Nullable Disposable retry;
    private ReadStamp lastStamp = ReadStamp.NONE;

    Reads(Host host, Writes writes) {
        this.host = host;
        this.writes = writes;
        this.backoff = host.newBackoff();
    }

    void attached() {
        waiting.drain(operation -> send((Read<?>) operation));
    }

    void forEach(java.util.function.Consumer<Operation<?>> action) {
        inFlight.forEach(action);
        waiting.forEach(action);
        later.forEach(action);
    }

    /** Ends all of them. */
    void failAll(Supplier<Throwable> why) {
        if (retry != null) {
            retry.dispose();
        }
        forEach(operation -> ((Read<?>) operation).end(why.get()));
    }

    private void send(Read<?> read) {
        Link link = host.link();
        Chain.remove(read);
        if (link == null) {
            waiting.addLast(read);
        } else {
            inFlight.addLast(read);
            try {
                read.sendOn(link);
            } catch (OutOfMemoryError noRoom) {
                read.lastFailure = noRoom;
                sendLater(read);
            } catch (RuntimeException notSent) {
                Chain.remove(read);
                host.freePlace(read);
                read.fail(notSent);
            }
        }
    }

    private void sendLater(Read<?> read) {
        Chain.remove(read);
        later.addLast(read);
        if (retry == null) {
            retry = host.loop().after(backoff.next(), () -> {
                retry = null;
                later.drain(operation -> send((Read<?>) operation));
            });
        }
    }

    /** The same for all reads between two writes or replies. */
    private ReadStamp stamp() {
        SessionId session = host.session();
        Zxid atLeast = host.atLeast();
        long after = session == null ? 0 : writes.lastCxid();
        if (lastStamp.after() != after || lastStamp.atLeast() != atLeast || lastStamp.session() != session) {
            lastStamp = new ReadStamp(session, after, atLeast);
        }
        return lastStamp;
    }

    private ReadStamp stamp(Freshness freshness) {
        ReadStamp local = stamp();
        if (freshness instanceof Freshness.AtLeast wanted) {
            Zxid seen = local.atLeast() == null ? Zxid.ZERO : local.atLeast();
            return new ReadStamp(local.session(), local.after(), Zxid.max(seen, wanted.zxid()));
        }
        return freshness instanceof Freshness.Linearizable
                ? new ReadStamp(local.session(), local.after(), local.atLeast(), true)
                : local;
    }

    /** Whether it wants what this client knows of from hearsay only: that a peer has not got there says nothing of it. */
    private boolean isAheadOfUs(Freshness freshness) {
        Zxid seen = host.atLeast();
        return freshness instanceof Freshness.AtLeast wanted
                && (seen == null || wanted.zxid().isAfter(seen));
    }

    /** One read. */
    final class Read<R extends ServerReply> extends Operation<R> {
        private final Function<ReadStamp, ? extends ClientRequest> request;
        private final Freshness freshness;

        Read(
                Routes.Route<?, R> route,
                Function<ReadStamp, ? extends ClientRequest> request,
                Freshness freshness,
                CoreSubscriber<? super R> actual) {
            super(route, actual);
            this.request = request;
            this.freshness = freshness;
        }

        @Override
        void accepted() {
            send(this);
        }

        void sendOn(Link link) {
            exchange = link.request(route, request.apply(stamp(freshness)), ++attempt, this);
        }

        @Override
        public void onReply(R reply, int answered) {
            Chain.remove(this);
            host.freePlace(this);
            host.seen(reply.zxid());
            host.progress();
            backoff.reset();
            succeed(reply);
        }

        @Override
        public void onRefused(ServerReply.Refused refused, int answered) {
            host.seen(refused.zxid());
            lastFailure = Refusals.exceptionOf(refused, 0);
            if (refused.code() == ErrorCode.READ_TIMEOUT && isAheadOfUs(freshness)) {
                end(lastFailure);
            } else if (host.movedOnAfter(refused)) {
                if (refused.code() != ErrorCode.SESSION_EXPIRED) {
                    send(this);
                }
            } else if (refused.code().next() == ErrorCode.Next.RETRY_LATER) {
                sendLater(this);
            } else {
                end(lastFailure);
            }
        }

        @Override
        public void onLost(Throwable cause, int lost) {
            lastFailure = cause;
            send(this);
        }

        @Override
        void cancelled() {
            host.loop().execute(() -> giveUp());
        }

        @Override
        void timedOut() {
            giveUp();
            fail(notAnswered());
        }

        void end(Throwable why) {
            giveUp();
            fail(why);
        }

        private void giveUp() {
            Chain.remove(this);
            host.freePlace(this);
            if (exchange != null) {
                exchange.cancel();
            }
        }
    }
}
