package io.fluxkeeper.server.client;

import io.fluxkeeper.server.loop.Mailbox;
import io.fluxkeeper.server.loop.PeerMeters;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.rsocket.transport.netty.RSocketLengthCodec;
import io.rsocket.transport.netty.TcpDuplexConnection;
import io.rsocket.transport.netty.WebsocketDuplexConnection;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.DisposableChannel;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.WebsocketServerSpec;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpServer;
import reactor.netty.transport.ServerTransport;

/** Listens for clients: RSocket on TCP, and on WebSocket where that is wanted. */
public final class ClientListener {
    /** Before each RSocket frame on TCP. */
    private static final int TCP_FRAMING_BYTES = 3;

    /**
     * Bytes that the kernel takes beyond what the client's own window lets it send. Left to itself it takes megabytes
     * for a client that does not read, and a stream that rests at {@code streamBytesHigh} would have produced all that
     * first. A bound of the send buffer itself, as where there is no such option, would also bound what a distant client
     * can have under way.
     */
    private static final long NOT_SENT_BYTES_MAX = 16 << 10;

    /** Where the system knows no such bound (Linux doubles it). */
    static final int SEND_BUFFER_BYTES = 128 << 10;

    /** How long {@link Listening#stop} waits for a client to take its goodbye. */
    private static final Duration GOODBYE = Duration.ofSeconds(2);

    private final ClientServices services;
    private final LoopResources loops;

    /**
     * @param mailbox the way to the replica
     * @param port the replica's way back, of this listener alone
     * @param meters for the metrics {@code fluxkeeper.client.*}
     * @param loops the event loops to run on; the caller's to dispose of, after {@link Listening#stop}
     */
    public ClientListener(
            Mailbox mailbox, RSocketClientPort port, ClientLimits limits, PeerMeters meters, LoopResources loops) {
        Admission admission = new Admission(limits);
        UnansweredBytes unanswered = new UnansweredBytes(limits.unansweredBytesMax());
        this.services = new ClientServices(
                mailbox,
                port,
                limits,
                unanswered,
                new ClientMetrics(meters, admission, unanswered, port),
                admission,
                new ClientServices.Passwords(),
                new AtomicLong());
        this.loops = loops;
    }

    /**
     * Starts to listen.
     *
     * @param tcp where to listen for TCP; port 0 for any free one
     * @param webSocket where to listen for WebSocket; null for not at all
     */
    public Mono<Listening> start(InetSocketAddress tcp, @Nullable InetSocketAddress webSocket) {
        Mono<DisposableServer> tcpServer = tcpServer(tcp);
        if (webSocket == null) {
            return tcpServer.map(server -> new Listening(server, null));
        }
        return tcpServer.flatMap(server -> webSocketServer(webSocket)
                .map(second -> new Listening(server, second))
                .onErrorResume(notBound -> {
                    server.dispose();
                    return server.onDispose().then(Mono.error(notBound));
                }));
    }

    private Mono<DisposableServer> tcpServer(InetSocketAddress address) {
        return bounded(TcpServer.create())
                .bindAddress(() -> address)
                .runOn(loops)
                .doOnChannelInit((observer, channel, remote) -> ClientHandshake.begin(channel, services))
                .doOnConnection(connection -> {
                    connection.addHandlerLast(new RSocketLengthCodec(FrameGate.FRAME_BYTES_MAX));
                    serve(new TcpDuplexConnection("server", connection), connection, TCP_FRAMING_BYTES)
                            .then(Mono.<Void>never())
                            .subscribe(connection.disposeSubscriber());
                })
                .bind()
                .cast(DisposableServer.class);
    }

    private Mono<DisposableServer> webSocketServer(InetSocketAddress address) {
        WebsocketServerSpec spec = WebsocketServerSpec.builder()
                .maxFramePayloadLength(FrameGate.FRAME_BYTES_MAX)
                .build();
        return bounded(HttpServer.create())
                .bindAddress(() -> address)
                .runOn(loops)
                .doOnChannelInit((observer, channel, remote) -> ClientHandshake.begin(channel, services))
                .handle((request, response) -> response.sendWebsocket(
                        (in, out) -> {
                            Connection connection = (Connection) in;
                            return serve(new WebsocketDuplexConnection("server", connection), connection, 0)
                                    .then(out.neverComplete());
                        },
                        spec))
                .bind()
                .cast(DisposableServer.class);
    }

    private static <T extends ServerTransport<T, ?>> T bounded(T server) {
        return LoopResources.hasNativeSupport() && Epoll.isAvailable()
                ? server.childOption(EpollChannelOption.TCP_NOTSENT_LOWAT, NOT_SENT_BYTES_MAX)
                : server.childOption(ChannelOption.SO_SNDBUF, SEND_BUFFER_BYTES);
    }

    private static Mono<Void> serve(io.rsocket.DuplexConnection transport, Connection connection, int framingBytes) {
        ClientHandshake handshake = ClientHandshake.of(connection.channel());
        if (handshake == null) { // not let in, and closed already
            transport.dispose();
            return Mono.empty();
        }
        return handshake.serve(transport, connection, framingBytes);
    }

    /** What was started. */
    public final class Listening {
        private final DisposableServer tcp;
        private final @Nullable DisposableServer webSocket;

        private Listening(DisposableServer tcp, @Nullable DisposableServer webSocket) {
            this.tcp = tcp;
            this.webSocket = webSocket;
        }

        public InetSocketAddress tcpAddress() {
            return (InetSocketAddress) tcp.address();
        }

        /** Null when there is none. */
        public @Nullable InetSocketAddress webSocketAddress() {
            return webSocket == null ? null : (InetSocketAddress) webSocket.address();
        }

        /** Takes no more connections; those that are there live on. Complete when the sockets are closed. */
        public Mono<Void> stopAccepting() {
            return Flux.just(tcp)
                    .concatWith(Mono.justOrEmpty(webSocket))
                    .doOnNext(DisposableChannel::dispose)
                    .flatMap(DisposableChannel::onDispose)
                    .then();
        }

        /**
         * Takes no more connections, and says goodbye to those that are there; complete when all are closed. One that
         * does not take its goodbye in time is closed without.
         */
        public Mono<Void> stop(String reason) {
            return stopAccepting()
                    .thenMany(Flux.defer(() -> Flux.fromIterable(services.port().connections())))
                    .flatMap(
                            connection -> {
                                connection.outbox().loop().execute(() -> connection.close(reason));
                                return connection.whenClosed().timeout(GOODBYE, Mono.fromRunnable(connection::abort));
                            },
                            Integer.MAX_VALUE)
                    .then();
        }
    }
}
