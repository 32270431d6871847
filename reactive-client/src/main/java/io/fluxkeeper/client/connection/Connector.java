package io.fluxkeeper.client.connection;

import io.fluxkeeper.core.protocol.ApiCodec;
import io.netty.channel.ChannelOption;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketConnector;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.metadata.WellKnownMimeType;
import io.rsocket.transport.netty.client.TcpClientTransport;
import java.time.Duration;
import java.util.function.Consumer;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.TcpClient;

/** Opens connections over TCP, all on the client's loop. */
public final class Connector {
    private final ClientLoop loop;
    private final Duration connectTimeout;
    private final Duration keepAlive;
    private final Duration keepAliveTimeout;

    /**
     * @param connectTimeout for TCP alone
     * @param keepAlive between two KEEPALIVE frames
     * @param keepAliveTimeout without any answer to them before the connection counts as dead
     */
    public Connector(ClientLoop loop, Duration connectTimeout, Duration keepAlive, Duration keepAliveTimeout) {
        this.loop = loop;
        this.connectTimeout = connectTimeout;
        this.keepAlive = keepAlive;
        this.keepAliveTimeout = keepAliveTimeout;
    }

    /**
     * Connects. One of the two is called, on the loop and not from within this call; none after the answer was
     * disposed, and a connection that came all the same is closed.
     */
    public Disposable connect(Address address, Consumer<Link> connected, Consumer<Throwable> failed) {
        Attempt attempt = new Attempt(address, connected, failed);
        TcpClient tcp = TcpClient.create(ConnectionProvider.newConnection())
                .host(address.host())
                .port(address.port())
                .runOn(loop.resources())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(connectTimeout.toMillis(), 3_600_000))
                .option(ChannelOption.TCP_NODELAY, true);
        RSocketConnector.create()
                .dataMimeType(ApiCodec.Format.CBOR.mimeType())
                .metadataMimeType(WellKnownMimeType.MESSAGE_RSOCKET_COMPOSITE_METADATA.getString())
                .keepAlive(keepAlive, keepAliveTimeout)
                .maxInboundPayloadSize(ApiCodec.MESSAGE_BYTES_MAX)
                .payloadDecoder(PayloadDecoder.ZERO_COPY)
                .connect(TcpClientTransport.create(tcp, ApiCodec.MESSAGE_BYTES_MAX))
                .subscribe(attempt);
        return () -> {
            attempt.givenUp = true;
            attempt.cancel();
        };
    }

    /** One attempt; {@code givenUp} is touched by the loop only. */
    private final class Attempt extends BaseSubscriber<RSocket> {
        private final Address address;
        private final Consumer<Link> connected;
        private final Consumer<Throwable> failed;
        private boolean givenUp;

        Attempt(Address address, Consumer<Link> connected, Consumer<Throwable> failed) {
            this.address = address;
            this.connected = connected;
            this.failed = failed;
        }

        @Override
        protected void hookOnNext(RSocket rsocket) {
            loop.execute(() -> {
                if (givenUp) {
                    rsocket.dispose();
                } else {
                    connected.accept(new Link(address, rsocket, loop));
                }
            });
        }

        @Override
        protected void hookOnError(Throwable error) {
            loop.execute(() -> {
                if (!givenUp) {
                    failed.accept(error);
                }
            });
        }
    }
}
