package io.fluxkeeper.client.session;

import io.fluxkeeper.client.ClientOptions;
import io.fluxkeeper.client.connection.Address;
import io.fluxkeeper.client.connection.Addresses;
import io.fluxkeeper.client.connection.Backoff;
import io.fluxkeeper.client.connection.ClientLoop;
import io.fluxkeeper.client.connection.Connector;
import io.fluxkeeper.client.connection.Link;
import io.fluxkeeper.client.connection.ReplyHandler;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;

/**
 * Finds a peer that takes the session: one address after the other, the next one at once, and after each round without
 * success a wait that grows. One attempt, one connection at a time. Touched by the client's loop only.
 */
final class Attaching {
    private static final Logger LOG = LoggerFactory.getLogger(Attaching.class);

    /** Whom it works for. Called on the loop. */
    interface Listener {
        /** What opens or attaches the session; null for a client without one. */
        ClientRequest.@Nullable OpenSession openRequest();

        /** @param opened null for a client without a session @param sentNanos when the attaching request was sent */
        void onAttached(Link link, ServerReply.@Nullable SessionOpened opened, long sentNanos);

        /** A peer refused the session; whether another is to be asked. */
        boolean onOpenRefused(ServerReply.Refused refused);
    }

    private final ClientLoop loop;
    private final Connector connector;
    private final Addresses addresses;
    private final Duration attemptTimeout;
    private final Backoff backoff;
    private final Listener listener;

    private @Nullable Attempt attempt;
    private @Nullable Disposable wait;

    /** Peers left or not reached since the last request that was answered. */
    private int failures;

    private @Nullable Throwable lastFailure;

    Attaching(
            ClientLoop loop,
            Connector connector,
            Addresses addresses,
            ClientOptions options,
            Backoff backoff,
            Listener listener) {
        this.loop = loop;
        this.connector = connector;
        this.addresses = addresses;
        this.attemptTimeout = options.connectTimeout();
        this.backoff = backoff;
        this.listener = listener;
    }

    void start() {
        attempt = new Attempt(addresses.next());
        attempt.begin();
    }

    /** The peer before was no good; the next one. */
    void next(@Nullable Throwable why) {
        stop();
        if (why != null) {
            lastFailure = why;
        }
        failures++;
        if (failures % addresses.size() == 0) {
            wait = loop.after(backoff.next(), this::start);
        } else {
            start();
        }
    }

    void stop() {
        if (wait != null) {
            wait.dispose();
            wait = null;
        }
        if (attempt != null) {
            attempt.giveUp();
            attempt = null;
        }
    }

    /** A peer serves: the next failure is the first again. */
    void progress() {
        failures = 0;
        backoff.reset();
    }

    /** What the last attempt failed with; null when there was none. */
    @Nullable Throwable lastFailure() {
        return lastFailure;
    }

    /** One address, from the connection to the session's attachment. */
    private final class Attempt implements ReplyHandler<ServerReply.SessionOpened> {
        private final Address address;
        private @Nullable Disposable connecting;
        private @Nullable Disposable timeout;
        private @Nullable Link link;
        private long sentNanos;

        Attempt(Address address) {
            this.address = address;
        }

        void begin() {
            timeout = loop.after(
                    attemptTimeout,
                    () -> failed(new java.util.concurrent.TimeoutException(
                            address + " did not answer within " + attemptTimeout.toMillis() + " ms")));
            connecting = connector.connect(address, this::connected, this::failed);
        }

        private void connected(Link connected) {
            link = connected;
            ClientRequest.OpenSession open = listener.openRequest();
            if (open == null) {
                connected.request(Routes.ENSEMBLE_STATUS, new ClientRequest.EnsembleStatus(), 0, new SignOfLife());
                return;
            }
            sentNanos = loop.nanos();
            connected.request(Routes.SESSION_OPEN, open, 0, this);
        }

        @Override
        public void onReply(ServerReply.SessionOpened opened, int any) {
            if (attempt == this) {
                done(opened);
            }
        }

        @Override
        public void onRefused(ServerReply.Refused refused, int any) {
            if (attempt == this && listener.onOpenRefused(refused)) {
                failed(Refusals.exceptionOf(refused, 0));
            }
        }

        @Override
        public void onLost(Throwable cause, int any) {
            failed(cause);
        }

        /** Without a session to attach: a kernel takes connections also for a process that does not run. */
        private final class SignOfLife implements ReplyHandler<ServerReply.Status> {
            @Override
            public void onReply(ServerReply.Status status, int any) {
                if (attempt == Attempt.this) {
                    done(null);
                }
            }

            @Override
            public void onRefused(ServerReply.Refused refused, int any) {
                failed(Refusals.exceptionOf(refused, 0));
            }

            @Override
            public void onLost(Throwable cause, int any) {
                failed(cause);
            }
        }

        private void done(ServerReply.@Nullable SessionOpened opened) {
            Link attached = link;
            if (attached != null) {
                link = null; // it is the listener's from here on
                stop();
                listener.onAttached(attached, opened, sentNanos);
            }
        }

        private void failed(Throwable cause) {
            if (attempt == this) {
                LOG.debug("{} is left: {}", address, cause.toString());
                next(cause);
            }
        }

        void giveUp() {
            if (timeout != null) {
                timeout.dispose();
            }
            if (connecting != null) {
                connecting.dispose();
            }
            if (link != null) {
                link.close();
            }
        }
    }
}
