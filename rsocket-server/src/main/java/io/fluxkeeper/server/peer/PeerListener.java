package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.netty.channel.ChannelOption;
import io.netty.util.concurrent.Future;
import io.rsocket.ConnectionSetupPayload;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketServer;
import io.rsocket.exceptions.RejectedSetupException;
import io.rsocket.transport.netty.RSocketLengthCodec;
import io.rsocket.transport.netty.TcpDuplexConnection;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpServer;

/** Takes connections of peers with larger ids, and refuses all others in one sentence. */
final class PeerListener {
    private static final Logger log = LoggerFactory.getLogger(PeerListener.class);

    /** Keys the log of refusals of callers that did not even say who they are. */
    private static final int UNKNOWN = 0;

    /** For so long no other refusal of the same claimed id is logged: whoever is no peer may find ever new ones. */
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final PeerLinksConfig config;
    private final ForeignPeers foreign;
    private final SortedMap<PeerId, PeerSlot> slots;
    private final PeerLink.Shared shared;
    private final AtomicInteger connections = new AtomicInteger();
    /** The last refusal that was logged of each claimed id, 0 to 255, so that it is not at each retry. */
    private final Map<Integer, Logged> refusals = new ConcurrentHashMap<>();

    private record Logged(String reason, long atNanos) {}

    PeerListener(
            PeerLinksConfig config, ForeignPeers foreign, SortedMap<PeerId, PeerSlot> slots, PeerLink.Shared shared) {
        this.config = config;
        this.foreign = foreign;
        this.slots = slots;
        this.shared = shared;
    }

    Mono<? extends DisposableServer> bind(LoopResources loops) {
        return TcpServer.create()
                .runOn(loops)
                .bindAddress(config::bind)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .doOnConnection(this::connected)
                .bind();
    }

    private void connected(Connection connection) {
        int open = connections.incrementAndGet();
        connection.onDispose(connections::decrementAndGet);
        if (open > config.bounds().connectionsMax()) {
            logOnce(UNKNOWN, "more than " + config.bounds().connectionsMax() + " connections");
            connection.dispose();
            return;
        }
        connection.addHandlerLast(new RSocketLengthCodec(PeerLink.TRANSPORT_FRAME_MAX));
        // A server object for each connection, so that the acceptor knows which event loop it is on.
        RSocketServer.create((setup, requester) -> accept(setup, requester, connection))
                .maxTimeToFirstFrame(config.timing().connectTimeout())
                .maxInboundPayloadSize(PeerLink.TRANSPORT_FRAME_MAX)
                .asConnectionAcceptor(PeerLink.TRANSPORT_FRAME_MAX)
                .apply(new TcpDuplexConnection("peer", connection))
                .subscribe(nothing -> {}, error -> {
                    log.debug("a connection ended before its SETUP was taken", error);
                    connection.dispose();
                });
    }

    private Mono<RSocket> accept(ConnectionSetupPayload setup, RSocket requester, Connection connection) {
        Introduction introduction;
        try {
            introduction = Introduction.read(PeerLink.reader(setup));
        } catch (MalformedBytesException malformed) {
            return refuse(UNKNOWN, Objects.requireNonNull(malformed.getMessage()));
        }
        String refusal = refusal(setup, introduction);
        if (refusal != null) {
            return refuse(introduction.peer(), refusal);
        }
        refusals.remove(introduction.peer());
        PeerSlot slot = Objects.requireNonNull(slots.get(new PeerId(introduction.peer())));
        PeerLink link = new PeerLink(
                shared,
                slot,
                connection.channel().eventLoop(),
                introduction.incarnation(),
                reason -> log.debug("a connection of peer {} is closed: {}", introduction.peer(), reason));
        link.accept(requester);
        closeUnlessOpen(link, connection);
        return Mono.just(link.responder(false));
    }

    private @Nullable String refusal(ConnectionSetupPayload setup, Introduction introduction) {
        String refusal = introduction.refusal(config.ensemble(), config.consensus());
        if (refusal != null) {
            return refusal;
        }
        PeerSlot slot = Objects.requireNonNull(slots.get(new PeerId(introduction.peer())));
        PeerLink current = slot.current();
        long ours = foreign.ensembleId();
        if (introduction.isForeign(ours)) {
            if (current == null) { // or that peer is one of ours, and this caller a second process of its id
                foreign.heard(slot.peer(), introduction.ensembleId());
            }
            return introduction.foreignRefusal(ours);
        }
        if (current != null && current.incarnation() > introduction.incarnation()) {
            return "a newer process of peer " + introduction.peer() + " is linked with peer " + config.self();
        }
        // RSocket's server side takes both from the caller.
        long lifetimeMax = 2 * config.timing().keepAliveMaxLifetime().toMillis();
        if (setup.keepAliveInterval() < 10 || setup.keepAliveMaxLifetime() > lifetimeMax) {
            return "peer " + introduction.peer() + " wants keep-alives every " + setup.keepAliveInterval()
                    + " ms with a lifetime of " + setup.keepAliveMaxLifetime() + " ms, which is out of bounds";
        }
        return null;
    }

    private Mono<RSocket> refuse(int claimedPeer, String reason) {
        logOnce(claimedPeer, reason);
        return Mono.error(new RejectedSetupException(reason));
    }

    private void logOnce(int claimedPeer, String reason) {
        long now = System.nanoTime();
        Logged last = refusals.get(claimedPeer);
        if (last == null || !reason.equals(last.reason) && now - last.atNanos > QUIET_NANOS) {
            refusals.put(claimedPeer, new Logged(reason, now));
            log.warn("refused a connection: {}", reason);
        }
    }

    private void closeUnlessOpen(PeerLink link, Connection connection) {
        long millis = config.timing().connectTimeout().toMillis();
        Future<?> deadline = link.loop()
                .schedule(
                        () -> {
                            if (!link.isOpen()) {
                                link.close("its lanes did not open within " + millis + " ms");
                            }
                        },
                        millis,
                        TimeUnit.MILLISECONDS);
        connection.onDispose(() -> deadline.cancel(false));
    }
}
