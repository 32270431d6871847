package io.fluxkeeper.server.client;

import io.fluxkeeper.core.protocol.ApiCodec;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import io.rsocket.ConnectionSetupPayload;
import io.rsocket.DuplexConnection;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketServer;
import io.rsocket.exceptions.RejectedSetupException;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.metadata.WellKnownMimeType;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * A connection from its acceptance to its SETUP: the deadline, the rules of a SETUP, then the {@link
 * ClientConnection}. On the connection's event loop.
 */
final class ClientHandshake implements UnsentBytes.Watermarks {
    private static final Logger LOG = LoggerFactory.getLogger(ClientHandshake.class);
    private static final AttributeKey<ClientHandshake> KEY = AttributeKey.valueOf(ClientHandshake.class, "handshake");
    private static final String COMPOSITE = WellKnownMimeType.MESSAGE_RSOCKET_COMPOSITE_METADATA.getString();
    private static final String ROUTING = WellKnownMimeType.MESSAGE_RSOCKET_ROUTING.getString();

    private final Channel channel;
    private final ClientServices services;
    private final Future<?> deadline;
    private boolean handshaking = true;
    private @Nullable InetAddress admitted;
    /** Written on the event loop; read by the replica's thread too, which says what it has for a stream. */
    private volatile @Nullable ClientConnection connection;

    private ClientHandshake(Channel channel, ClientServices services) {
        this.channel = channel;
        this.services = services;
        this.deadline = channel.eventLoop()
                .schedule(this::giveUp, services.limits().setupTimeout().toNanos(), TimeUnit.NANOSECONDS);
        channel.closeFuture().addListener(closed -> closed());
    }

    /** When a channel was accepted, before anything is read. */
    static void begin(Channel channel, ClientServices services) {
        if (services.admission().beginHandshake()) {
            channel.attr(KEY).set(new ClientHandshake(channel, services));
        } else {
            services.metrics().closedBeforeSetup();
            channel.close();
        }
    }

    /** Null when the channel was not let in. */
    static @Nullable ClientHandshake of(Channel channel) {
        return channel.attr(KEY).get();
    }

    /** @param framingBytes what the transport puts before each frame */
    Mono<Void> serve(DuplexConnection transport, reactor.netty.Connection netty, int framingBytes) {
        UnsentBytes unsent = new UnsentBytes(channel, framingBytes, services.limits(), this);
        netty.addHandlerLast("fluxkeeper.unsent", unsent);
        FrameGate gate = new FrameGate(transport, unsent, services.limits(), services.metrics());
        return RSocketServer.create((setup, requester) -> accept(setup, gate, unsent))
                .payloadDecoder(PayloadDecoder.ZERO_COPY)
                // The gate keeps requests far smaller and whole. RSocket wants room for a frame here, and allows the
                // largest for a reply.
                .maxInboundPayloadSize(FrameGate.FRAME_BYTES_MAX)
                // Longer than our own deadline, which says why and also covers WebSocket's handshake.
                .maxTimeToFirstFrame(services.limits().setupTimeout().plusSeconds(1))
                .asConnectionAcceptor()
                .apply(gate);
    }

    private Mono<RSocket> accept(ConnectionSetupPayload setup, FrameGate gate, UnsentBytes unsent) {
        endHandshake();
        ApiCodec.Format format = ApiCodec.Format.ofMimeType(setup.dataMimeType());
        String wrong = whatIsWrongWith(setup, format);
        if (wrong == null) {
            InetAddress address = ((InetSocketAddress) channel.remoteAddress()).getAddress();
            wrong = services.admission().enter(address);
            admitted = wrong == null ? address : null;
        }
        if (wrong != null || format == null) {
            services.metrics().rejectedSetup();
            LOG.debug("SETUP of {} refused: {}", channel.remoteAddress(), wrong);
            return Mono.error(new RejectedSetupException(String.valueOf(wrong)));
        }
        boolean composite = COMPOSITE.equalsIgnoreCase(setup.metadataMimeType());
        ClientConnection accepted =
                new ClientConnection(channel, gate, unsent, services, ApiCodec.of(format), composite);
        connection = accepted;
        services.port().add(accepted);
        if (!channel.isActive()) { // closed() has been here already
            closed();
        }
        return Mono.just(accepted);
    }

    private @Nullable String whatIsWrongWith(ConnectionSetupPayload setup, ApiCodec.@Nullable Format format) {
        if (format == null) {
            return "the data MIME type is application/json or application/cbor, not " + quoted(setup.dataMimeType());
        }
        String metadata = setup.metadataMimeType();
        if (!COMPOSITE.equalsIgnoreCase(metadata) && !ROUTING.equalsIgnoreCase(metadata)) {
            return "the metadata MIME type is " + COMPOSITE + " or " + ROUTING + ", not " + quoted(metadata);
        }
        ClientLimits limits = services.limits();
        Duration interval = Duration.ofMillis(setup.keepAliveInterval());
        if (interval.compareTo(limits.keepAliveIntervalMin()) < 0
                || interval.compareTo(limits.keepAliveIntervalMax()) > 0) {
            return "the keep-alive interval is " + limits.keepAliveIntervalMin().toMillis() + ".."
                    + limits.keepAliveIntervalMax().toMillis() + " ms, not " + interval.toMillis();
        }
        Duration lifetime = Duration.ofMillis(setup.keepAliveMaxLifetime());
        if (lifetime.compareTo(interval) < 0 || lifetime.compareTo(limits.keepAliveLifetimeMax()) > 0) {
            return "the keep-alive lifetime is from its interval to "
                    + limits.keepAliveLifetimeMax().toMillis() + " ms, not " + lifetime.toMillis();
        }
        return null;
    }

    private static String quoted(String mimeType) {
        String head = mimeType.length() <= 60 ? mimeType : mimeType.substring(0, 60) + "...";
        return '"' + head.replaceAll("[^\\x20-\\x7e]", "?") + '"';
    }

    private void giveUp() {
        if (handshaking) {
            LOG.debug("{} sent no SETUP in time", channel.remoteAddress());
            services.metrics().closedBeforeSetup();
            channel.close();
        }
    }

    private void endHandshake() {
        if (handshaking) {
            handshaking = false;
            deadline.cancel(false);
            services.admission().endHandshake();
        }
    }

    private void closed() {
        endHandshake();
        ClientConnection over = connection;
        if (over != null) {
            over.closed();
            connection = null;
        }
        if (admitted != null) {
            services.admission().leave(admitted);
            admitted = null;
        }
    }

    @Override
    public void congested(boolean congested) {
        ClientConnection now = connection;
        if (now != null) {
            now.congested(congested);
        }
    }

    @Override
    public void overflow(long unsentBytes) {
        ClientConnection now = connection;
        if (now != null) {
            now.overflow(unsentBytes);
        }
    }
}
