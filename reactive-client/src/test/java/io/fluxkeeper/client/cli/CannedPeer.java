package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.PipelineScript;
import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.netty.buffer.ByteBufUtil;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketServer;
import io.rsocket.exceptions.CustomRSocketException;
import io.rsocket.metadata.CompositeMetadata;
import io.rsocket.metadata.RoutingMetadata;
import io.rsocket.transport.netty.server.CloseableChannel;
import io.rsocket.transport.netty.server.TcpServerTransport;
import io.rsocket.util.DefaultPayload;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A peer with one answer for each kind of request, over the real API on 127.0.0.1. It takes every session; a request
 * without an answer waits for ever.
 */
final class CannedPeer implements AutoCloseable {
    private static final ApiCodec CODEC = ApiCodec.of(ApiCodec.Format.CBOR);

    private final Map<Class<?>, Function<ClientRequest, ServerReply>> answers = new ConcurrentHashMap<>();
    private final Queue<ClientRequest> received = new ConcurrentLinkedQueue<>();
    private volatile List<WatchItem> events = List.of();
    private volatile ServerReply.@Nullable Refused watchRefusal;
    private final CloseableChannel channel;

    CannedPeer() {
        channel = RSocketServer.create((setup, sending) -> Mono.just(new Answers()))
                .bindNow(TcpServerTransport.create("127.0.0.1", 0));
        on(
                ClientRequest.OpenSession.class,
                request -> new ServerReply.SessionOpened(
                        Zxid.of(1, 1),
                        new SessionId(Zxid.of(1, 1).value()),
                        new byte[ClientRequest.OpenSession.PASSWORD_BYTES],
                        request.timeoutMillis(),
                        0,
                        1_000));
        on(
                ClientRequest.EnsembleStatus.class,
                request -> new ServerReply.Status(
                        Zxid.of(1, 1),
                        new PeerId(1),
                        "LEADING",
                        1,
                        new PeerId(1),
                        true,
                        Zxid.of(1, 1),
                        0,
                        0,
                        0,
                        0,
                        "0.1",
                        null));
        on(ClientRequest.Heartbeat.class, request -> new ServerReply.HeartbeatCounted(Zxid.of(1, 1)));
        on(ClientRequest.CloseSession.class, request -> new ServerReply.SessionClosed(Zxid.of(1, 9)));
        on(ClientRequest.Exists.class, request -> new ServerReply.Existence(Zxid.of(1, 1), null));
    }

    <Q extends ClientRequest> CannedPeer on(Class<Q> type, Function<Q, ServerReply> answer) {
        answers.put(type, request -> answer.apply(type.cast(request)));
        return this;
    }

    /** It answers no such request. */
    CannedPeer silentTo(Class<? extends ClientRequest> type) {
        answers.remove(type);
        return this;
    }

    CannedPeer events(WatchItem... items) {
        events = List.of(items);
        return this;
    }

    /** Behind the events, if there are any. */
    CannedPeer refuseWatches(ServerReply.Refused refusal) {
        watchRefusal = refusal;
        return this;
    }

    String address() {
        return "127.0.0.1:" + channel.address().getPort();
    }

    <Q extends ClientRequest> List<Q> received(Class<Q> type) {
        return received.stream().filter(type::isInstance).map(type::cast).toList();
    }

    @Override
    public void close() {
        channel.dispose();
    }

    private final class Answers implements RSocket {
        @Override
        public Mono<Payload> requestResponse(Payload payload) {
            return answer(read(payload));
        }

        @Override
        public Flux<Payload> requestChannel(Publisher<Payload> payloads) {
            return PipelineScript.serve(payloads, (route, data) -> answer(read(route, data)));
        }

        private Mono<Payload> answer(ClientRequest request) {
            Function<ClientRequest, ServerReply> answer = answers.get(request.getClass());
            if (answer == null) {
                return Mono.never();
            }
            ServerReply reply = answer.apply(request);
            return reply instanceof ServerReply.Refused refused
                    ? Mono.error(error(refused))
                    : Mono.just(DefaultPayload.create(CODEC.write(reply)));
        }

        @Override
        public Flux<Payload> requestStream(Payload payload) {
            read(payload);
            ServerReply.Refused refused = watchRefusal;
            return Flux.fromIterable(events)
                    .map(item -> DefaultPayload.create(CODEC.write(item)))
                    .concatWith(refused == null ? Flux.never() : Flux.error(error(refused)));
        }

        private static CustomRSocketException error(ServerReply.Refused refused) {
            return new CustomRSocketException(refused.code().wireCode(), ApiCodec.writeError(refused));
        }

        private ClientRequest read(Payload payload) {
            try {
                return read(routeOf(payload), ByteBufUtil.getBytes(payload.sliceData()));
            } finally {
                payload.release();
            }
        }

        private ClientRequest read(String route, byte[] data) {
            try {
                ClientRequest request = CODEC.readRequest(Routes.named(route).request(), data, 0, data.length);
                received.add(request);
                return request;
            } catch (Exception wrong) {
                throw new IllegalStateException(wrong);
            }
        }

        private static String routeOf(Payload payload) {
            for (CompositeMetadata.Entry entry : new CompositeMetadata(payload.sliceMetadata(), false)) {
                return new RoutingMetadata(entry.getContent()).iterator().next();
            }
            throw new IllegalStateException("no route");
        }
    }
}
