package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.server.loop.Mailbox;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The place for the link with one other peer: at most one is up, and a newer connection takes over only after the
 * older one's LinkDown. Synchronised because the old and the new connection live on event loops of their own.
 */
final class PeerSlot {
    private static final Logger log = LoggerFactory.getLogger(PeerSlot.class);

    private final PeerId peer;
    private final Mailbox mailbox;
    private final AtomicLong lastLink;
    private final LinkMetrics metrics;
    private final Runnable whenUp;
    private final LongConsumer whenDown;
    /** Read by the replica thread for each frame. */
    private volatile @Nullable PeerLink current;

    private @Nullable PeerLink successor;
    private boolean stopped;

    /**
     * @param lastLink the number of this process's last link, shared by all slots
     * @param whenUp told that a link came up, before the mailbox is
     * @param whenDown told the number of a link that went down, before the mailbox is
     */
    PeerSlot(
            PeerId peer,
            Mailbox mailbox,
            AtomicLong lastLink,
            LinkMetrics metrics,
            Runnable whenUp,
            LongConsumer whenDown) {
        this.peer = peer;
        this.mailbox = mailbox;
        this.lastLink = lastLink;
        this.metrics = metrics;
        this.whenUp = whenUp;
        this.whenDown = whenDown;
    }

    PeerId peer() {
        return peer;
    }

    LinkMetrics metrics() {
        return metrics;
    }

    /** The link of that number while it is up; null when it is gone. */
    @Nullable PeerLink link(long number) {
        PeerLink link = current;
        return link != null && link.number() == number ? link : null;
    }

    /** The link that is up, whatever its number; null for none. */
    @Nullable PeerLink current() {
        return current;
    }

    /** Both lanes of that connection are open: it comes up, once the one before it is down. */
    synchronized void established(PeerLink link) {
        if (stopped) {
            link.close("this peer stops");
            return;
        }
        if (successor != null) {
            successor.close("an even newer connection came");
        }
        successor = link;
        PeerLink old = current;
        if (old == null) {
            promote();
        } else {
            old.close("a newer connection of the same peer takes over");
        }
    }

    /** Nothing comes up any more, and what is up goes down. @return complete once it is down */
    synchronized Mono<Void> stop() {
        stopped = true;
        if (successor != null) {
            successor.close("this peer stops");
        }
        PeerLink last = current;
        if (last == null) {
            return Mono.empty();
        }
        last.close("this peer stops");
        return last.gone();
    }

    /** That connection is closed, whether it ever came up or not. */
    synchronized void gone(PeerLink link, String reason) {
        if (successor == link) {
            successor = null;
        }
        if (current != link) {
            return;
        }
        current = null;
        metrics.linkDown();
        log.info("link {} with peer {} is down: {}", link.number(), peer, reason);
        whenDown.accept(link.number());
        mailbox.internal(new ReplicaInput.Consensus(new Input.LinkDown(peer, link.number())));
        promote();
    }

    private void promote() {
        PeerLink next = successor;
        if (next == null) {
            return;
        }
        successor = null;
        // Links with several peers come up at once, and are told of in the order of their numbers.
        synchronized (lastLink) {
            long number = lastLink.incrementAndGet();
            next.up(number);
            current = next;
            metrics.linkUp();
            whenUp.run();
            log.info("link {} with peer {} is up", number, peer);
            mailbox.internal(new ReplicaInput.Consensus(new Input.LinkUp(peer, number)));
        }
    }
}
