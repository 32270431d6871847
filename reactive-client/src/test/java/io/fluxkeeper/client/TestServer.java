package io.fluxkeeper.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import io.rsocket.metadata.WellKnownMimeType;
import io.rsocket.transport.netty.server.CloseableChannel;
import io.rsocket.transport.netty.server.TcpServerTransport;
import io.rsocket.util.DefaultPayload;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * A peer that does what the test says: {@code server.expect(Create.class).reply(new Created(…))}. It speaks the real
 * API over TCP on 127.0.0.1; a request that nobody expects waits.
 */
final class TestServer implements AutoCloseable {
    private static final ApiCodec CODEC = ApiCodec.of(ApiCodec.Format.CBOR);
    private static final long PATIENCE_SECONDS = 5;

    /** Filled by an event loop, which must not wait for a lock. */
    private final BlockingQueue<Received<?>> received = new LinkedTransferQueue<>();

    private final List<RSocket> connections = new CopyOnWriteArrayList<>();
    private volatile @Nullable String dataMimeType;
    private @Nullable CloseableChannel channel;
    private int port;

    static TestServer start() {
        TestServer server = new TestServer();
        server.listen();
        return server;
    }

    /** Takes connections, on the port it had before. */
    void listen() {
        channel = RSocketServer.create((setup, sending) -> {
                    dataMimeType = setup.dataMimeType();
                    connections.add(sending);
                    return Mono.just(new Script(connections.size()));
                })
                .bindNow(TcpServerTransport.create("127.0.0.1", port));
        port = channel.address().getPort();
    }

    String address() {
        return "127.0.0.1:" + port;
    }

    /** How many connections there have been. */
    int connectionCount() {
        return connections.size();
    }

    String dataMimeType() {
        return dataMimeType;
    }

    /** Cuts all connections; new ones are taken. */
    void drop() {
        connections.forEach(RSocket::dispose);
    }

    /** Cuts all connections and takes no new ones. */
    void stop() {
        if (channel != null) {
            channel.dispose();
            channel.onClose().block();
            channel = null;
        }
        drop();
    }

    @Override
    public void close() {
        stop();
    }

    /** The next request that came in, which must be of that type. */
    <Q extends ClientRequest> Received<Q> expect(Class<Q> type) {
        try {
            Received<?> next = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(next).as("a request: " + type.getSimpleName()).isNotNull();
            assertThat(next.request).isInstanceOf(type);
            @SuppressWarnings("unchecked")
            Received<Q> expected = (Received<Q>) next;
            return expected;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError(interrupted);
        }
    }

    /** Nothing has come in that was not expected. */
    void expectNothing() {
        assertThat(received).extracting(each -> each.request).isEmpty();
    }

    /** One request and the way to answer it. */
    static final class Received<Q extends ClientRequest> {
        final Q request;
        /** 1 for the first connection. */
        final int connection;

        private final AtomicLong demand = new AtomicLong();
        private volatile boolean cancelled;
        private volatile @Nullable MonoSink<Payload> one;
        private volatile @Nullable FluxSink<Payload> many;

        private Received(Q request, int connection) {
            this.request = request;
            this.connection = connection;
        }

        void reply(ServerReply reply) {
            one.success(DefaultPayload.create(CODEC.write(reply)));
        }

        void refuse(ServerReply.Refused refused) {
            Throwable error = new CustomRSocketException(refused.code().wireCode(), ApiCodec.writeError(refused));
            if (many != null) {
                many.error(error);
            } else {
                one.error(error);
            }
        }

        /** Sends what is no message of the API. */
        void replyBytes(byte[] bytes) {
            one.success(DefaultPayload.create(bytes));
        }

        void send(WatchItem item) {
            many.next(DefaultPayload.create(CODEC.write(item)));
        }

        /** All items asked for on the wire so far. */
        long demand() {
            return demand.get();
        }

        void awaitDemand(long items) {
            await().untilAsserted(() -> assertThat(demand.get()).isEqualTo(items));
        }

        void awaitCancelled() {
            await().until(() -> cancelled);
        }
    }

    private final class Script implements RSocket {
        private final int connection;

        Script(int connection) {
            this.connection = connection;
        }

        @Override
        public Mono<Payload> requestResponse(Payload payload) {
            return one(read(payload));
        }

        private Mono<Payload> one(Received<?> next) {
            return Mono.create(sink -> {
                next.one = sink;
                sink.onCancel(() -> next.cancelled = true);
                received.add(next);
            });
        }

        @Override
        public Flux<Payload> requestChannel(Publisher<Payload> payloads) {
            return PipelineScript.serve(payloads, (route, data) -> one(read(route, data)));
        }

        @Override
        public Flux<Payload> requestStream(Payload payload) {
            Received<?> next = read(payload);
            return Flux.create(sink -> {
                next.many = sink;
                sink.onCancel(() -> next.cancelled = true);
                sink.onRequest(next.demand::addAndGet);
                received.add(next);
            });
        }

        private Received<?> read(Payload payload) {
            try {
                return read(routeOf(payload), ByteBufUtil.getBytes(payload.sliceData()));
            } finally {
                payload.release();
            }
        }

        private Received<?> read(String route, byte[] data) {
            try {
                return new Received<>(
                        CODEC.readRequest(Routes.named(route).request(), data, 0, data.length), connection);
            } catch (Exception notOurs) {
                throw new AssertionError(notOurs);
            }
        }

        private static String routeOf(Payload payload) {
            for (CompositeMetadata.Entry entry : new CompositeMetadata(payload.sliceMetadata(), false)) {
                if (WellKnownMimeType.MESSAGE_RSOCKET_ROUTING.getString().equals(entry.getMimeType())) {
                    return new RoutingMetadata(entry.getContent()).iterator().next();
                }
            }
            throw new AssertionError("no route");
        }
    }
}
