package io.fluxkeeper.client.session;

import io.fluxkeeper.client.connection.Link;
import io.fluxkeeper.client.connection.ReplyHandler;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * Keeps the session alive, and knows how long it certainly lives: the lease runs from the moment the last confirmed
 * heartbeat was sent, since the service counted it no earlier. A peer that confirms none for two thirds of the timeout
 * is left for another while there is still time. Touched by the client's loop only, except {@link #leaseLeft}.
 */
final class Heartbeats {
    /** Heartbeats in a session timeout. */
    private static final int PER_TIMEOUT = 3;

    private final Host host;

    private @Nullable Link link;
    private @Nullable Disposable next;

    /** Read by {@link #leaseLeft} on any thread; written together with the next, in this order. */
    private volatile long timeoutNanos;

    private volatile long leaseFromNanos;

    private volatile boolean ended;

    Heartbeats(Host host) {
        this.host = host;
    }

    /** The session was attached by a request sent then: that counts as a heartbeat. */
    void attached(Link attachedLink, Duration timeout, long sentNanos) {
        link = attachedLink;
        timeoutNanos = timeout.toNanos();
        leaseFromNanos = sentNanos;
        schedule();
    }

    void detached() {
        link = null;
        if (next != null) {
            next.dispose();
            next = null;
        }
    }

    /** It is to end with the next write: nothing is promised any more. */
    void endLease() {
        ended = true;
    }

    /** The session has ended. */
    void over() {
        endLease();
        detached();
    }

    /** Zero when it has run out, and once the session is being closed. Any thread. */
    Duration leaseLeft() {
        if (ended) {
            return Duration.ZERO;
        }
        long left = timeoutNanos - (host.loop().nanos() - leaseFromNanos);
        return Duration.ofNanos(Math.max(0, left));
    }

    private void schedule() {
        next = host.loop().after(Duration.ofNanos(timeoutNanos / PER_TIMEOUT), this::beat);
    }

    private void beat() {
        Link current = link;
        SessionId session = host.session();
        if (current == null || session == null) {
            return;
        }
        long now = host.loop().nanos();
        if (now - leaseFromNanos >= timeoutNanos / PER_TIMEOUT * 2) {
            host.moveOn("it confirmed no heartbeat");
            return;
        }
        schedule();
        current.request(Routes.SESSION_HEARTBEAT, new ClientRequest.Heartbeat(session), 0, new Sent(current, now));
    }

    private final class Sent implements ReplyHandler<ServerReply.HeartbeatCounted> {
        private final Link sentOn;
        private final long sentNanos;

        Sent(Link sentOn, long sentNanos) {
            this.sentOn = sentOn;
            this.sentNanos = sentNanos;
        }

        @Override
        public void onReply(ServerReply.HeartbeatCounted counted, int attempt) {
            host.seen(counted.zxid());
            host.progress();
            leaseFromNanos = Math.max(leaseFromNanos, sentNanos);
        }

        /** What is not about the session or the peer (too busy) is left to the next heartbeat. */
        @Override
        public void onRefused(ServerReply.Refused refused, int attempt) {
            host.seen(refused.zxid());
            if (sentOn == link) {
                host.movedOnAfter(refused);
            }
        }

        @Override
        public void onLost(Throwable cause, int attempt) {
            // the connection's own end is noticed by whoever holds it
        }
    }
}
