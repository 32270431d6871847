package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.server.loop.PeerMeters;
import io.micrometer.core.instrument.Counter;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The meters of the link with one other peer. Written on event loops, read by whoever scrapes. */
final class LinkMetrics {
    private static final String REMOTE = "remote";

    private final AtomicInteger up = new AtomicInteger();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final Counter bytesIn;
    private final Counter bytesOut;
    private final Counter framesIn;
    private final Counter framesOut;
    private final Counter attempts;

    LinkMetrics(PeerMeters meters, PeerId remote) {
        String id = remote.toString();
        meters.gauge("fluxkeeper.peer.link.up", "1 while the link with that peer is up", up::get, REMOTE, id);
        meters.gauge(
                "fluxkeeper.peer.queue.bytes",
                "Bytes that are encoded and wait for that peer to ask",
                queuedBytes::get,
                REMOTE,
                id);
        bytesIn = exchanged(meters, "bytes", id, "in");
        bytesOut = exchanged(meters, "bytes", id, "out");
        framesIn = exchanged(meters, "frames", id, "in");
        framesOut = exchanged(meters, "frames", id, "out");
        attempts = meters.counter("fluxkeeper.peer.dials", "Attempts to connect with that peer", REMOTE, id);
    }

    private static Counter exchanged(PeerMeters meters, String what, String id, String direction) {
        return meters.counter(
                "fluxkeeper.peer." + what, "Exchanged with that peer", REMOTE, id, "direction", direction);
    }

    void linkUp() {
        up.set(1);
    }

    void linkDown() {
        up.set(0);
        queuedBytes.set(0);
    }

    void dialled() {
        attempts.increment();
    }

    void received(int bytes) {
        framesIn.increment();
        bytesIn.increment(bytes);
    }

    void sent(int bytes) {
        framesOut.increment();
        bytesOut.increment(bytes);
    }

    void queued(long bytes) {
        queuedBytes.set(bytes);
    }
}
