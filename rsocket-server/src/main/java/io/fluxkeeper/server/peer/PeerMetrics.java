package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.PeerId;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The meters of the link with one other peer. Written on event loops, read by whoever scrapes. */
final class PeerMetrics {
    private final AtomicInteger up = new AtomicInteger();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final Counter bytesIn;
    private final Counter bytesOut;
    private final Counter framesIn;
    private final Counter framesOut;
    private final Counter attempts;

    PeerMetrics(MeterRegistry registry, PeerId peer) {
        String id = peer.toString();
        Gauge.builder("fluxkeeper.peer.link.up", up, AtomicInteger::get)
                .description("1 while the link with that peer is up")
                .tag("peer", id)
                .register(registry);
        Gauge.builder("fluxkeeper.peer.queue.bytes", queuedBytes, AtomicLong::get)
                .description("encoded and waiting for that peer to ask")
                .tag("peer", id)
                .register(registry);
        bytesIn = registry.counter("fluxkeeper.peer.bytes", "peer", id, "direction", "in");
        bytesOut = registry.counter("fluxkeeper.peer.bytes", "peer", id, "direction", "out");
        framesIn = registry.counter("fluxkeeper.peer.frames", "peer", id, "direction", "in");
        framesOut = registry.counter("fluxkeeper.peer.frames", "peer", id, "direction", "out");
        attempts = registry.counter("fluxkeeper.peer.dials", "peer", id);
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
