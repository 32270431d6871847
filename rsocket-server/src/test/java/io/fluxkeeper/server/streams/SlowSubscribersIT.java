package io.fluxkeeper.server.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.FluxkeeperClientBuilder;
import io.fluxkeeper.client.TreeEvent;
import io.fluxkeeper.client.WatchSpec;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.znode.ZnodePath;
import io.fluxkeeper.server.EmbeddedEnsemble;
import io.fluxkeeper.server.config.HostPort;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketConnector;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.metadata.CompositeMetadataCodec;
import io.rsocket.metadata.TaggingMetadataCodec;
import io.rsocket.metadata.WellKnownMimeType;
import io.rsocket.transport.netty.client.TcpClientTransport;
import io.rsocket.util.DefaultPayload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Subscribers that ask for one event and no more, and others that ask for everything and do not read their socket, cost
 * the service next to nothing, and get all of it when they ask on. The README has the command for the whole size.
 */
@Timeout(value = 90, unit = TimeUnit.MINUTES)
class SlowSubscribersIT {
    private static final int WRITES = Integer.getInteger("slow.writes", 1_500);
    private static final int LAZY = Integer.getInteger("slow.lazy", 10);
    private static final int DEAF = Integer.getInteger("slow.deaf", 12);
    private static final int ROUNDS = Integer.getInteger("slow.rounds", 1);
    /** Of the lazy ones, how many ask on: all of a thousand are owed two hundred million events. */
    private static final int ASK_ON = Math.min(LAZY, Integer.getInteger("slow.askOn", LAZY));

    private static final int IN_FLIGHT = 64;

    /** What the deaf are owed would fill more than the bound several times over. */
    private static final byte[] DATA = new byte[Integer.getInteger("slow.valueBytes", 10_000)];

    private static final long MORE_BYTES_MAX = 64L << 20;
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /** More patience for each event that is owed. */
    private static final long NANOS_AN_EVENT = 10_000;

    @Test
    void slowSubscribersCostNextToNothingAndGetEverythingWhenTheyAskOn() throws Exception {
        List<Double> ratios = new ArrayList<>();
        for (int round = 1; round <= ROUNDS; round++) {
            Cost without = costOfWrites(0, 0, false);
            Cost with = costOfWrites(LAZY, DEAF, round == ROUNDS);
            ratios.add((double) with.p99Micros / without.p99Micros);
            System.out.printf(
                    "slow subscribers: round %d: %,d more bytes; p99 of a write %,d us without them, %,d us with%n",
                    round, with.bytes - without.bytes, without.p99Micros, with.p99Micros);
            assertThat(with.bytes - without.bytes).isLessThan(MORE_BYTES_MAX);
        }
        Collections.sort(ratios);
        System.out.printf(
                "slow subscribers: writes=%d lazy=%d deaf=%d rounds=%d; p99 with them to without: median %.2f (%.2f to %.2f)%n",
                WRITES, LAZY, DEAF, ROUNDS, ratios.get(ROUNDS / 2), ratios.get(0), ratios.get(ROUNDS - 1));
    }

    /** @param bytes heap and buffers in use behind the writes, while the slow ones are slow */
    private record Cost(long bytes, long p99Micros) {}

    private static Cost costOfWrites(int lazyCount, int deafCount, boolean asksOn) throws Exception {
        EmbeddedEnsemble ensemble = EmbeddedEnsemble.start(1).block(PATIENCE);
        ensemble.ready().block(PATIENCE);
        HostPort peer = ensemble.addresses().get(0);
        FluxkeeperClient client = connect(peer.toString());
        FluxkeeperClient lazyClient = connect(peer.toString());
        List<RSocket> deafClients = new ArrayList<>();
        try (FaultyWire wire = new FaultyWire(peer)) {
            Zxid start = client.create("/a", null).block(PATIENCE).zxid();
            Digest healthy = new Digest(Long.MAX_VALUE);
            client.watch(watchedSince(start)).subscribe(healthy);
            List<Digest> slow = new ArrayList<>();
            for (int i = 0; i < lazyCount; i++) {
                Digest lazy = new Digest(1);
                lazyClient.watch(watchedSince(start)).subscribe(lazy);
                slow.add(lazy);
            }
            List<Digest> deaf = new ArrayList<>();
            for (int i = 0; i < deafCount; i++) {
                RSocket raw = connectRaw(wire.address());
                deafClients.add(raw);
                Digest each = new Digest(Long.MAX_VALUE);
                deaf.add(each);
                watchAll(raw, start).subscribe(each);
            }
            slow.addAll(deaf);
            client.set("/a", DATA).block(PATIENCE);
            await().atMost(PATIENCE).until(() -> slow.stream().allMatch(each -> each.count >= 1));
            wire.jam(true);

            long p99Micros = p99MicrosOfWrites(client);
            await().atMost(PATIENCE).until(() -> healthy.count == WRITES);
            long bytes = bytesInUse();

            if (asksOn) {
                wire.jam(false);
                List<Digest> asking = new ArrayList<>(slow.subList(0, ASK_ON));
                asking.addAll(deaf);
                asking.forEach(each -> each.request(Long.MAX_VALUE));
                Duration patience = PATIENCE.plusNanos(NANOS_AN_EVENT * WRITES * asking.size());
                await().atMost(patience).until(() -> asking.stream().allMatch(each -> each.count == WRITES));
                assertThat(asking).allSatisfy(each -> assertThat(each.digest).isEqualTo(healthy.digest));
            }
            slow.forEach(Digest::cancel);
            return new Cost(bytes, p99Micros);
        } finally {
            deafClients.forEach(RSocket::dispose);
            client.close().block(PATIENCE);
            lazyClient.close().block(PATIENCE);
            ensemble.close().block(PATIENCE);
        }
    }

    private static long p99MicrosOfWrites(FluxkeeperClient client) {
        List<Long> nanos = Flux.range(1, WRITES - 1)
                .flatMap(i -> timedWrite(client), IN_FLIGHT)
                .sort()
                .collectList()
                .block(PATIENCE);
        return nanos.get(nanos.size() * 99 / 100) / 1_000;
    }

    private static Mono<Long> timedWrite(FluxkeeperClient client) {
        return Mono.defer(() -> {
            long start = System.nanoTime();
            return client.set("/a", DATA).map(done -> System.nanoTime() - start);
        });
    }

    /** From a position, so that none comes too late for its first change. */
    private static WatchSpec watchedSince(Zxid start) {
        return WatchSpec.znode("/a").includingData().after(start);
    }

    private static FluxkeeperClient connect(String address) {
        FluxkeeperClientBuilder builder = FluxkeeperClient.builder().addresses(address);
        return builder.sessionTimeout(Duration.ofSeconds(60)).connect().block(PATIENCE);
    }

    /** The least of a few looks: a collection may come upon what is just being used. */
    private static long bytesInUse() throws InterruptedException {
        long least = Long.MAX_VALUE;
        for (int look = 0; look < 3; look++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            long heap = runtime.totalMemory() - runtime.freeMemory();
            least = Math.min(least, heap + directBuffers());
        }
        return least;
    }

    private static long directBuffers() {
        return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
                .metric()
                .usedDirectMemory();
    }

    private static RSocket connectRaw(String address) {
        int colon = address.indexOf(':');
        return RSocketConnector.create()
                .payloadDecoder(PayloadDecoder.DEFAULT)
                .metadataMimeType(WellKnownMimeType.MESSAGE_RSOCKET_COMPOSITE_METADATA.getString())
                .dataMimeType("application/cbor")
                .keepAlive(Duration.ofMinutes(1), Duration.ofMinutes(2))
                .connect(TcpClientTransport.create(
                        address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))))
                .block(PATIENCE);
    }

    /** Asks for everything at once, unlike the client, which asks in portions. */
    private static Flux<TreeEvent> watchAll(RSocket raw, Zxid start) {
        CompositeByteBuf metadata = ByteBufAllocator.DEFAULT.compositeBuffer();
        CompositeMetadataCodec.encodeAndAddMetadata(
                metadata,
                ByteBufAllocator.DEFAULT,
                WellKnownMimeType.MESSAGE_RSOCKET_ROUTING,
                TaggingMetadataCodec.createTaggingContent(ByteBufAllocator.DEFAULT, List.of("watch")));
        ApiCodec codec = ApiCodec.of(ApiCodec.Format.CBOR);
        byte[] request = codec.write(new ClientRequest.Watch(
                ZnodePath.of("/a"),
                WatchScope.ZNODE,
                null,
                null,
                ChangePosition.after(start),
                null,
                true,
                true,
                null,
                null));
        return raw.requestStream(DefaultPayload.create(Unpooled.wrappedBuffer(request), metadata))
                .mapNotNull(payload -> changeIn(codec, payload));
    }

    private static TreeEvent changeIn(ApiCodec codec, Payload payload) {
        byte[] bytes = new byte[payload.data().readableBytes()];
        payload.data().readBytes(bytes);
        WatchItem item = codec.readReply(WatchItem.class, bytes, 0, bytes.length);
        return item instanceof WatchItem.Changed changed
                ? new TreeEvent.Changed(
                        changed.zxid(), null, changed.type(), changed.path(), changed.stat(), changed.data())
                : null;
    }

    /** Counts changes and digests which they were. */
    private static final class Digest extends BaseSubscriber<TreeEvent> {
        private final long first;
        volatile int count;
        volatile long digest;

        Digest(long first) {
            this.first = first;
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            request(first);
        }

        @Override
        protected void hookOnNext(TreeEvent event) {
            Zxid zxid = event.zxid();
            digest = digest * 31 + zxid.value();
            count = count + 1;
        }
    }
}
