package io.fluxkeeper.client.connection;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.ZnodePath;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.exceptions.CustomRSocketException;
import io.rsocket.util.ByteBufPayload;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What a link makes of requests, and of whatever a peer says on the channel. */
class PipelineTest {
    private static final ApiCodec CODEC = ApiCodec.of(ApiCodec.Format.CBOR);
    private static final byte[] SYNCED = CODEC.write(new ServerReply.Synced(Zxid.of(1, 5)));

    private final ClientLoop loop = ClientLoop.next(null);
    private final Peer peer = new Peer();
    private final Link link = new Link(new Address("a", 1), peer, loop);
    private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        onLoop(link::close);
    }

    /** One turn of the loop; what it leaves behind has been done too when this returns. */
    private void onLoop(Runnable turn) {
        CompletableFuture.runAsync(turn, loop).join();
        CompletableFuture.runAsync(() -> {}, loop).join();
    }

    private Exchange<?> sync(String name) {
        return link.request(Routes.ZNODE_SYNC, new ClientRequest.Sync(ReadStamp.NONE), 3, new Ear(name));
    }

    private Exchange<?> set(String name, int dataBytes) {
        return link.request(
                Routes.ZNODE_SET,
                new ClientRequest.SetData(ZnodePath.of("/" + name), new byte[dataBytes], -1, null),
                3,
                new Ear(name));
    }

    @Test
    void whatIsAskedInOneTurnLeavesInOnePayloadAtItsEnd() {
        onLoop(() -> {
            sync("a");
            set("b", 10);
            assertThat(peer.sent).isEmpty();
        });
        onLoop(() -> sync("c"));
        assertThat(peer.sent).containsExactly(List.of("znode.sync", "znode.set"), List.of("znode.sync"));
        assertThat(peer.routes).containsExactly("pipeline");
    }

    /** What waited for it would be overtaken by what goes alone. */
    @Test
    void untilThePeerTakesPayloadsRequestsGoAlone() {
        peer.demand = 1;
        onLoop(() -> {
            set("a", 40_000);
            set("b", 40_000);
            set("c", 100_000);
        });
        onLoop(() -> sync("d"));
        onLoop(() -> peer.outgoing.request(Integer.MAX_VALUE));
        onLoop(() -> sync("e"));
        assertThat(peer.sent)
                .containsExactly(
                        List.of("znode.set"),
                        List.of("alone: znode.set"),
                        List.of("alone: znode.set"),
                        List.of("alone: znode.sync"),
                        List.of("znode.sync"));
    }

    @Test
    void answersFindTheirRequestsInWhateverOrderTheyCome() {
        onLoop(() -> {
            sync("a");
            set("b", 10);
            sync("c");
        });
        onLoop(() -> peer.answer(
                entry(3, 0, SYNCED),
                entry(2, ErrorCode.NO_NODE.wireCode(), refusal(ErrorCode.NO_NODE)),
                entry(1, 0, SYNCED)));
        assertThat(heard).containsExactly("c: reply 3", "b: NO_NODE 3", "a: reply 3");
        assertThat(peer.closed).isFalse();
    }

    @Test
    void theOrderOfTheCallsHoldsWhicheverWayTheyGo() {
        onLoop(() -> {
            sync("a");
            link.request(
                    Routes.ZNODE_CHILDREN,
                    new ClientRequest.Children(ZnodePath.of("/"), null, null, ReadStamp.NONE),
                    3,
                    new Ear("b"));
            sync("c");
            set("d", 100_000);
            sync("e");
        });
        assertThat(peer.sent)
                .containsExactly(
                        List.of("znode.sync"),
                        List.of("alone: znode.children"),
                        List.of("znode.sync"),
                        List.of("alone: znode.set"),
                        List.of("znode.sync"));
    }

    private static int entryBytes(String name, int dataBytes) {
        ClientRequest set = new ClientRequest.SetData(ZnodePath.of("/" + name), new byte[dataBytes], -1, null);
        return 3 + 4 + 1 + "znode.set".length() + CODEC.write(set).length;
    }

    @Test
    void aFullPayloadLeavesBeforeTheNextRequest() {
        onLoop(() -> {
            set("a", 30_000);
            set("b", 30_000);
            set("c", 30_000);
            set("d", 65_000);
            sync("e");
            int full = 65_536 - (entryBytes("f", 65_000) - 65_000);
            set("f", full);
            set("g", full + 1);
        });
        assertThat(peer.sent)
                .containsExactly(
                        List.of("znode.set", "znode.set"),
                        List.of("znode.set"),
                        List.of("znode.set", "znode.sync"),
                        List.of("znode.set"),
                        List.of("alone: znode.set"));
        assertThat(peer.bytes).allMatch(bytes -> bytes <= 65_536).contains(65_536);
    }

    @Test
    void anAnswerThatWasGivenUpIsPassedOverWhateverItIs() {
        onLoop(() -> {
            sync("a").cancel();
            sync("b").cancel();
            sync("c").cancel();
            sync("d");
        });
        onLoop(() -> peer.answer(
                entry(1, 0, SYNCED),
                entry(2, ErrorCode.NOT_SERVING.wireCode(), refusal(ErrorCode.NOT_SERVING)),
                entry(4, 0, SYNCED)));
        assertThat(peer.closed).isFalse();
        onLoop(() -> peer.incoming.tryEmitError(new ClosedChannelException()));
        assertThat(heard).containsExactly("d: reply 3");
    }

    @Test
    void aSubscriberThatThrowsTakesNoOtherAnswerWithIt() {
        onLoop(() -> {
            sync("throws");
            sync("b");
            sync("throws too");
            sync("d");
        });
        onLoop(() -> peer.answer(entry(1, 0, SYNCED), entry(2, 0, SYNCED)));
        assertThat(heard).containsExactly("throws: reply 3", "b: reply 3");
        onLoop(() -> peer.incoming.tryEmitError(new ClosedChannelException()));
        assertThat(heard).contains("throws too: lost: null", "d: lost: null");
    }

    @Test
    void aPeerThatTakesNoMoreRequestsIsLeft() {
        onLoop(() -> sync("a"));
        onLoop(() -> peer.outgoing.cancel());
        onLoop(() -> sync("b"));
        onLoop(() -> {});
        assertThat(heard)
                .containsExactlyInAnyOrder(
                        "a: lost: the peer takes no more requests", "b: lost: the peer takes no more requests");
        assertThat(peer.closed).isTrue();
        assertThat(link.violation()).isNull();
    }

    /** As RSocket makes of an ERROR frame with a code that it does not know. */
    @Test
    void aPeerWhoseChannelBreaksInWhateverWayIsLeft() {
        onLoop(() -> sync("a"));
        onLoop(() -> peer.incoming.tryEmitError(new IllegalArgumentException("an unknown code")));
        assertThat(heard).containsExactly("a: lost: an unknown code");
        assertThat(peer.closed).isTrue();
    }

    @Test
    void aPeerThatAnswersWhatWasNotAskedIsLeft() {
        byte[] sound = entry(1, 0, SYNCED);
        byte[] longer = sound.clone();
        longer[2]++;
        byte[] shorter = {0, 0, 7, 0, 0, 0, 1, 0, 0, 0};
        for (byte[] wrong : List.of(entry(9, 0, SYNCED), longer, shorter, new byte[] {0, 0})) {
            Peer other = new Peer();
            Link left = new Link(new Address("a", 1), other, loop);
            heard.clear();
            onLoop(() -> left.request(Routes.ZNODE_SYNC, new ClientRequest.Sync(ReadStamp.NONE), 3, new Ear("a")));
            onLoop(() -> other.answer(wrong));
            onLoop(() -> {});
            assertThat(heard).containsExactly("a: lost: what came is no answer to anything that was asked");
            assertThat(other.closed).isTrue();
            assertThat(left.violation()).hasMessage("what came is no answer to anything that was asked");
        }
    }

    @Test
    void anAnswerThatIsNoneIsAViolationAndThoseBehindItAreLost() {
        onLoop(() -> {
            sync("a");
            sync("b");
        });
        onLoop(() -> peer.answer(entry(1, 0, new byte[] {1}), entry(2, 0, SYNCED)));
        assertThat(heard).hasSize(1).first().asString().startsWith("a: lost: not a Synced");
        assertThat(peer.closed).isTrue();
        onLoop(() -> peer.incoming.tryEmitError(new ClosedChannelException()));
        onLoop(() -> {});
        assertThat(heard).hasSize(2).contains("b: lost: null");
    }

    /** What comes later goes alone: RSocket tells it when the connection is closed. */
    @Test
    void theEndOfTheConnectionIsHeardByAllThatWait() {
        onLoop(() -> {
            sync("a");
            sync("b");
        });
        onLoop(() -> peer.incoming.tryEmitError(new ClosedChannelException()));
        onLoop(() -> {});
        assertThat(heard).containsExactlyInAnyOrder("a: lost: null", "b: lost: null");
        assertThat(link.violation()).isNull();
        onLoop(() -> sync("c"));
        onLoop(() -> {});
        assertThat(heard).hasSize(2);
        assertThat(peer.sent).containsExactly(List.of("znode.sync", "znode.sync"), List.of("alone: znode.sync"));
    }

    @Test
    void aPeerThatRefusesOrEndsTheChannelIsLeft() {
        onLoop(() -> sync("a"));
        onLoop(() -> peer.incoming.tryEmitError(new CustomRSocketException(0x30c, "{}")));
        onLoop(() -> {});
        assertThat(heard).containsExactly("a: lost: {}");
        assertThat(peer.closed).isTrue();

        Peer other = new Peer();
        Link second = new Link(new Address("a", 1), other, loop);
        onLoop(() -> second.request(Routes.ZNODE_SYNC, new ClientRequest.Sync(ReadStamp.NONE), 3, new Ear("b")));
        onLoop(() -> other.incoming.tryEmitComplete());
        onLoop(() -> {});
        assertThat(heard).contains("b: lost: the peer ended the pipeline");
        assertThat(other.closed).isTrue();
    }

    private static byte[] refusal(ErrorCode code) {
        return ApiCodec.writeError(ServerReply.Refused.of(Zxid.ZERO, code, "no"))
                .getBytes(UTF_8);
    }

    private static byte[] entry(int number, int code, byte[] data) {
        return ByteBufUtil.getBytes(Unpooled.buffer()
                .writeMedium(8 + data.length)
                .writeInt(number)
                .writeInt(code)
                .writeBytes(data));
    }

    /** Writes down what it hears. */
    private final class Ear implements ReplyHandler<Object> {
        private final String name;

        Ear(String name) {
            this.name = name;
        }

        @Override
        public void onReply(Object reply, int attempt) {
            heard.add(name + ": reply " + attempt);
            throwIfSo();
        }

        private void throwIfSo() {
            if (name.startsWith("throws")) {
                throw new IllegalStateException("as it is called");
            }
        }

        @Override
        public void onRefused(ServerReply.Refused refused, int attempt) {
            heard.add(name + ": " + refused.code() + " " + attempt);
        }

        @Override
        public void onLost(Throwable cause, int attempt) {
            heard.add(name + ": lost: " + cause.getMessage());
            throwIfSo();
        }
    }

    /** The other end, by hand; touched by the loop only. */
    private static final class Peer implements RSocket {
        final List<List<String>> sent = new ArrayList<>();
        final List<String> routes = new ArrayList<>();
        final List<Integer> bytes = new ArrayList<>();
        final Sinks.Many<Payload> incoming = Sinks.many().unicast().onBackpressureBuffer();
        long demand = Long.MAX_VALUE;
        volatile boolean closed;

        @Nullable BaseSubscriber<Payload> outgoing;

        void answer(byte[]... entries) {
            incoming.tryEmitNext(ByteBufPayload.create(Unpooled.wrappedBuffer(entries)))
                    .orThrow();
        }

        @Override
        public Flux<Payload> requestChannel(Publisher<Payload> payloads) {
            outgoing = new BaseSubscriber<>() {
                @Override
                protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
                    subscription.request(demand);
                }

                @Override
                protected void hookOnNext(Payload payload) {
                    take(payload);
                }
            };
            return incoming.asFlux().doOnSubscribe(subscribed -> payloads.subscribe(outgoing));
        }

        private void take(Payload payload) {
            if (payload.hasMetadata()) {
                routes.add(route(payload));
            }
            List<String> entries = new ArrayList<>();
            ByteBuf data = payload.sliceData();
            bytes.add(data.readableBytes());
            while (data.isReadable()) {
                ByteBuf entry = data.readSlice(data.readUnsignedMedium()).skipBytes(4);
                entries.add(entry.readCharSequence(entry.readUnsignedByte(), US_ASCII)
                        .toString());
            }
            sent.add(entries);
            payload.release();
        }

        @Override
        public Mono<Payload> requestResponse(Payload payload) {
            sent.add(List.of("alone: " + route(payload)));
            payload.release();
            return Mono.never();
        }

        private static String route(Payload payload) {
            String metadata = payload.getMetadataUtf8();
            return metadata.substring(
                    metadata.length() - metadata.replaceAll("[^a-z.]", "").length());
        }

        @Override
        public void dispose() {
            closed = true;
        }
    }
}
