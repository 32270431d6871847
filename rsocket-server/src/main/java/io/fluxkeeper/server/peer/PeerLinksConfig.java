package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Ensemble;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the links to other peers are told once.
 *
 * @param ensemble the configured peers; this one among them
 * @param incarnation of this process: greater than that of any process of this peer before
 * @param consensus name of the algorithm, the same at all peers
 * @param bind where this peer listens for those with larger ids; port 0 takes a free one
 * @param addresses of all peers with a smaller id, which this one dials; others may be there and are not used. Names
 *     are resolved anew at each attempt when given unresolved
 * @param timing of connections and transfers
 * @param bounds of queues
 */
public record PeerLinksConfig(
        Ensemble ensemble,
        long incarnation,
        String consensus,
        InetSocketAddress bind,
        SortedMap<PeerId, InetSocketAddress> addresses,
        Timing timing,
        Bounds bounds) {

    public PeerLinksConfig {
        addresses = new TreeMap<>(addresses);
        for (PeerId smaller : ensemble.peers().headSet(ensemble.self())) {
            if (!addresses.containsKey(smaller)) {
                throw new IllegalArgumentException("peer " + smaller + " has no address to dial");
            }
        }
    }

    public PeerLinksConfig(
            Ensemble ensemble,
            long incarnation,
            String consensus,
            InetSocketAddress bind,
            Map<PeerId, InetSocketAddress> addresses) {
        this(ensemble, incarnation, consensus, bind, new TreeMap<>(addresses), Timing.DEFAULT, Bounds.DEFAULT);
    }

    PeerId self() {
        return ensemble.self();
    }

    /**
     * How long things may take.
     *
     * @param connectTimeout from dialling until both lanes are open; the same bound holds on the accepting side,
     *     counted from the TCP connection
     * @param retryMin pause after the first failed attempt; doubled each time, with jitter, until retryMax
     * @param retryMax the longest pause
     * @param refusedRetryMax the longest pause while the other host refuses connections: its process is down or
     *     starting, an attempt costs nothing, and it should be met soon
     * @param keepAliveInterval between RSocket's keep-alives; on an idle link, each costs both sides two wake-ups
     * @param keepAliveMaxLifetime silence after which a socket counts as dead, found out within an interval after that;
     *     it proves nothing about the replica
     * @param stateTransferMax how long a transfer may hold its version of the state
     */
    public record Timing(
            Duration connectTimeout,
            Duration retryMin,
            Duration retryMax,
            Duration refusedRetryMax,
            Duration keepAliveInterval,
            Duration keepAliveMaxLifetime,
            Duration stateTransferMax) {
        public static final Timing DEFAULT = new Timing(
                Duration.ofSeconds(2),
                Duration.ofMillis(20),
                Duration.ofMillis(500),
                Duration.ofMillis(200),
                Duration.ofSeconds(2),
                Duration.ofSeconds(4),
                Duration.ofMinutes(10));
    }

    /**
     * Bounds of queues; each with what happens there.
     *
     * @param logQueueBytesMax encoded and waiting for the receiver to ask, in the log lane; beyond, the link is closed
     * @param liveQueueBytesMax the same in the live lane; this peer's clients may have as much under way and more, see
     *     {@link #withRequests}
     * @param unencodedFramesMax frames handed over by the replica and not yet encoded; beyond, the link is closed
     * @param connectionsMax connections accepted and not closed; further ones are closed at once
     */
    public record Bounds(long logQueueBytesMax, long liveQueueBytesMax, int unencodedFramesMax, int connectionsMax) {
        public static final Bounds DEFAULT = new Bounds(16L << 20, 4L << 20, 16_384, 64);

        /** With room in the live lane for so many bytes of requests: a link that was closed for them would lose them all. */
        public Bounds withRequests(long bytes) {
            return new Bounds(logQueueBytesMax, liveQueueBytesMax + bytes, unencodedFramesMax, connectionsMax);
        }
    }
}
