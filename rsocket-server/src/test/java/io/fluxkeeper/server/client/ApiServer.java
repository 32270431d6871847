package io.fluxkeeper.server.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.server.loop.PeerMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.RSocketErrorException;
import io.rsocket.core.RSocketConnector;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.metadata.CompositeMetadataCodec;
import io.rsocket.metadata.TaggingMetadataCodec;
import io.rsocket.metadata.WellKnownMimeType;
import io.rsocket.transport.ClientTransport;
import io.rsocket.transport.netty.client.TcpClientTransport;
import io.rsocket.transport.netty.client.WebsocketClientTransport;
import io.rsocket.util.DefaultPayload;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.assertj.core.api.Assertions;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpClient;

/** A listener on a free port with a scripted replica behind it, and clients that speak plain RSocket. */
final class ApiServer implements AutoCloseable {
    static final Duration SOON = Duration.ofSeconds(10);

    /** One event loop for the server: what blocks it would show in every test. */
    private static final LoopResources LOOPS = LoopResources.create("server", 1, true);

    final ScriptedMailbox mailbox = new ScriptedMailbox();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final ClientListener.Listening listening;
    private final List<RSocket> clients = new ArrayList<>();

    ApiServer() {
        this(ClientLimits.DEFAULT);
    }

    ApiServer(ClientLimits limits) {
        InetSocketAddress anyPort = new InetSocketAddress("127.0.0.1", 0);
        listening = new ClientListener(mailbox, mailbox.port, limits, new PeerMeters(meters, 1), LOOPS)
                .start(anyPort, anyPort)
                .block(SOON);
    }

    static RSocketConnector connector(String dataMimeType) {
        return RSocketConnector.create()
                .payloadDecoder(PayloadDecoder.DEFAULT)
                .metadataMimeType(WellKnownMimeType.MESSAGE_RSOCKET_COMPOSITE_METADATA.getString())
                .dataMimeType(dataMimeType);
    }

    ClientTransport tcp() {
        return TcpClientTransport.create(TcpClient.create().remoteAddress(listening::tcpAddress));
    }

    RSocket connect() {
        return connect(UnaryOperator.identity());
    }

    RSocket connect(UnaryOperator<RSocketConnector> settings) {
        return connect(settings.apply(connector("application/json")), tcp());
    }

    RSocket connectWebSocket() {
        return connect(
                connector("application/json"),
                WebsocketClientTransport.create(
                        "127.0.0.1", listening.webSocketAddress().getPort()));
    }

    RSocket connect(RSocketConnector connector, ClientTransport transport) {
        RSocket client = connector.connect(transport).block(SOON);
        clients.add(client);
        return client;
    }

    static Payload request(String route, String json) {
        return DefaultPayload.create(Unpooled.copiedBuffer(json, UTF_8), routing(route));
    }

    static ByteBuf routing(String route) {
        CompositeByteBuf metadata = ByteBufAllocator.DEFAULT.compositeBuffer();
        CompositeMetadataCodec.encodeAndAddMetadata(
                metadata,
                ByteBufAllocator.DEFAULT,
                WellKnownMimeType.MESSAGE_RSOCKET_ROUTING,
                TaggingMetadataCodec.createTaggingContent(ByteBufAllocator.DEFAULT, List.of(route)));
        return metadata;
    }

    /** The reply's JSON. */
    static String ask(RSocket client, String route, String json) {
        return client.requestResponse(request(route, json))
                .map(Payload::getDataUtf8)
                .block(SOON);
    }

    /** The refusal of a request that must be refused. */
    static ServerReply.Refused refusal(Mono<Payload> reply) {
        try {
            Payload answer = reply.block(SOON);
            throw new AssertionError("answered: " + (answer == null ? null : answer.getDataUtf8()));
        } catch (RSocketErrorException error) {
            ServerReply.Refused refused = ApiCodec.readError(error.getMessage());
            Assertions.assertThat(error.errorCode()).isEqualTo(refused.code().wireCode());
            return refused;
        }
    }

    static ServerReply.Refused refused(ErrorCode code, String message) {
        return ServerReply.Refused.of(Zxid.ZERO, code, message);
    }

    @Override
    public void close() {
        clients.forEach(RSocket::dispose);
        listening.stop("the test is over").block(SOON);
        mailbox.close();
    }
}
