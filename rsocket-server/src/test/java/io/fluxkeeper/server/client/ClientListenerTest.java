package io.fluxkeeper.server.client;

import static io.fluxkeeper.server.client.ApiServer.SOON;
import static io.fluxkeeper.server.client.ApiServer.ask;
import static io.fluxkeeper.server.client.ApiServer.refusal;
import static io.fluxkeeper.server.client.ApiServer.refused;
import static io.fluxkeeper.server.client.ApiServer.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.znode.Identity;
import io.fluxkeeper.core.znode.ZnodePath;
import io.fluxkeeper.server.peer.LeakWatch;
import io.netty.buffer.Unpooled;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.util.DefaultPayload;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** The API as a plain RSocket client sees it, with a scripted replica behind it. */
class ClientListenerTest {
    private static final Zxid ZXID = Zxid.of(3, 9);

    private ApiServer server;

    @BeforeEach
    void start() {
        server = new ApiServer();
        server.mailbox.answer(requested -> requested.request() instanceof ClientRequest.Delete
                ? ServerReply.Refused.at(ZXID, ErrorCode.NO_NODE, "/a", "/a does not exist")
                : new ServerReply.Synced(ZXID));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aRequestReachesTheReplicaAndItsAnswerTheClient() {
        String reply = ask(server.connect(), "znode.sync", "{}");
        assertThat(reply).isEqualTo("{\"zxid\":\"" + ZXID.value() + "\"}");
        ReplicaInput.Requested requested =
                server.mailbox.told(ReplicaInput.Requested.class).get(0);
        assertThat(requested.request()).isInstanceOf(ClientRequest.Sync.class);
        assertThat(requested.identities()).containsExactly(Identity.ANYONE);
        assertThat(requested.freshPassword()).isEmpty();
    }

    @Test
    void aRefusalIsAnErrorFrameWithItsCodeAndAJsonObject() {
        ServerReply.Refused refused =
                refusal(server.connect().requestResponse(request("znode.delete", "{\"path\":\"/a\"}")));
        assertThat(refused).isEqualTo(ServerReply.Refused.at(ZXID, ErrorCode.NO_NODE, "/a", "/a does not exist"));
    }

    @Test
    void cborAndWebSocketAndPlainRoutingMetadataServeAsWell() {
        RSocket cbor = server.connect(ApiServer.connector("application/cbor"), server.tcp());
        ApiCodec codec = ApiCodec.of(ApiCodec.Format.CBOR);
        byte[] get = codec.write(new ClientRequest.Heartbeat(new SessionId(7)));
        Payload reply = cbor.requestResponse(
                        DefaultPayload.create(Unpooled.wrappedBuffer(get), ApiServer.routing("session.heartbeat")))
                .block(SOON);
        byte[] bytes = new byte[reply.sliceData().readableBytes()];
        reply.sliceData().readBytes(bytes);
        assertThat(codec.readReply(ServerReply.Synced.class, bytes, 0, bytes.length)
                        .zxid())
                .isEqualTo(ZXID);

        assertThat(ask(server.connectWebSocket(), "znode.sync", "")).contains("zxid");

        RSocket plain = server.connect(c -> c.metadataMimeType("message/x.rsocket.routing.v0"));
        byte[] tag = "\nznode.sync".getBytes(UTF_8); // a tag is behind its length, here 10
        assertThat(plain.requestResponse(DefaultPayload.create(new byte[0], tag))
                        .block(SOON)
                        .getDataUtf8())
                .contains("zxid");
    }

    @Test
    void openingASessionBringsFreshBytesForItsPasswordEachTime() {
        RSocket client = server.connect();
        ask(client, "session.open", "{\"timeoutMillis\":4000}");
        ask(client, "session.open", "{\"timeoutMillis\":4000}");
        ask(client, "session.open", "{\"timeoutMillis\":4000,\"session\":\"5\",\"password\":\"AAAA\"}");
        List<byte[]> passwords = server.mailbox.told(ReplicaInput.Requested.class).stream()
                .map(ReplicaInput.Requested::freshPassword)
                .toList();
        assertThat(passwords.get(0)).hasSize(16).isNotEqualTo(passwords.get(1));
        assertThat(passwords.get(1)).hasSize(16);
        assertThat(passwords.get(2)).isEmpty();
    }

    @Test
    void whatIsWrongWithARequestIsSaidAndTheConnectionLives() {
        RSocket client = server.connect();
        assertRefused(
                client,
                request("znode.explode", "{}"),
                ErrorCode.UNKNOWN_ROUTE,
                "no route \"znode.explode\"; there are session.open, session.heartbeat, session.close, znode.create, "
                        + "znode.get, znode.set, znode.delete, znode.exists, znode.children, znode.unpin, znode.multi, "
                        + "znode.sync, watch, observe, ensemble.status, pipeline");
        assertRefused(
                client,
                request("znode\n" + "x".repeat(200), "{}"),
                ErrorCode.UNKNOWN_ROUTE,
                "no route \"znode?" + "x".repeat(60 - "znode?".length())
                        + "\"; there are session.open, session.heartbeat, "
                        + "session.close, znode.create, znode.get, znode.set, znode.delete, znode.exists, "
                        + "znode.children, znode.unpin, znode.multi, znode.sync, watch, observe, ensemble.status, pipeline");
        assertRefused(
                client,
                DefaultPayload.create("{}"),
                ErrorCode.MALFORMED,
                "the metadata, which names the route, is missing");
        assertRefused(
                client,
                withMetadata(),
                ErrorCode.MALFORMED,
                "the metadata names no route: message/x.rsocket.routing.v0 is missing");
        assertRefused(
                client,
                withMetadata(0xfe, 0, 0, 9, 1),
                ErrorCode.MALFORMED,
                "the composite metadata ends inside an entry");
        assertRefused(
                client, withMetadata(0xfe, 0), ErrorCode.MALFORMED, "the composite metadata ends inside an entry");
        assertRefused(
                client, withMetadata(0x7f, 'a'), ErrorCode.MALFORMED, "the composite metadata ends inside an entry");
        assertRefused(
                client,
                withMetadata(0xfe, 0, 0, 2, 5, 'a'),
                ErrorCode.MALFORMED,
                "the routing metadata ends inside its tag");
        assertRefused(
                client,
                withMetadata(0xfe, 0, 0, 1, 0),
                ErrorCode.MALFORMED,
                "the metadata names no route: its first tag is empty");
        assertRefused(
                client,
                request("znode.get", "{\"pth\":1,\"path\":\"/a\"}"),
                ErrorCode.MALFORMED,
                "unknown field \"pth\"; allowed are length, mzxid, offset, path, stamp");
        assertRefused(
                client,
                request("znode.get", "{\"path\":\"a\"}"),
                ErrorCode.BAD_ARGUMENTS,
                "path: a path starts with /: \"a\"");
        assertRefused(
                client,
                request("watch", "{\"path\":\"/a\"}"),
                ErrorCode.MALFORMED,
                "watch is a request-stream, not a request-response");
        assertThat(refusal(client.requestStream(request("znode.get", "{\"path\":\"/a\"}"))
                                .next())
                        .message())
                .isEqualTo("znode.get is a request-response, not a request-stream");
        assertRefused(
                client,
                request("znode.set", "{\"data\":\"" + "A".repeat(1_600_000) + "\"}"),
                ErrorCode.TOO_LARGE,
                "a request has at most 1572864 bytes, not 1600034");
        assertThat(refusal(client.requestStream(request("watch", "x".repeat(1_600_000)))
                                .next())
                        .message())
                .isEqualTo("a request has at most 1572864 bytes, not 1600023");
        assertThat(ask(client, "znode.sync", "{}")).contains("zxid");
    }

    private static void assertRefused(RSocket client, Payload request, ErrorCode code, String sentence) {
        ServerReply.Refused refused = refusal(client.requestResponse(request));
        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused.message()).isEqualTo(sentence);
        assertThat(refused.message()).matches("\\p{Print}*").hasSizeLessThan(400);
    }

    private static Payload withMetadata(int... bytes) {
        byte[] metadata = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            metadata[i] = (byte) bytes[i];
        }
        return DefaultPayload.create("{}".getBytes(UTF_8), metadata);
    }

    @Test
    void aRequestAtTheLimitIsTakenAndOneByteMoreIsNot() {
        RSocket client = server.connect();
        int max = ClientLimits.DEFAULT.requestBytesMax();
        Payload smallest = request("znode.sync", "{}");
        int frame = 6 + 3 + smallest.sliceMetadata().readableBytes();
        String atLimit = "{" + " ".repeat(max - frame - 2) + "}";
        assertThat(ask(client, "znode.sync", atLimit)).contains("zxid");
        ServerReply.Refused refused = refusal(client.requestResponse(request("znode.sync", atLimit + " ")));
        assertThat(refused.message()).isEqualTo("a request has at most 1572864 bytes, not 1572865");
    }

    @Test
    void aMetadataEntryWhoseTypeIsSpelledOutIsUnderstoodBehindAForeignOne() {
        String type = "message/x.rsocket.routing.v0";
        byte[] metadata = Unpooled.buffer()
                .writeByte("text/x".length() - 1)
                .writeBytes("text/x".getBytes(UTF_8))
                .writeMedium(2)
                .writeShort(7)
                .writeByte(type.length() - 1)
                .writeBytes(type.getBytes(UTF_8))
                .writeMedium(11)
                .writeByte(10)
                .writeBytes("znode.sync".getBytes(UTF_8))
                .array();
        byte[] exact = java.util.Arrays.copyOf(metadata, 1 + 6 + 3 + 2 + 1 + type.length() + 3 + 11);
        assertThat(server.connect()
                        .requestResponse(DefaultPayload.create("{}".getBytes(UTF_8), exact))
                        .block(SOON))
                .isNotNull();
    }

    @Test
    void fragmentsAreRefusedAndTheConnectionLives() {
        RSocket client = server.connect(connector -> connector.fragment(64));
        ServerReply.Refused refused =
                refusal(client.requestResponse(request("znode.create", "{\"path\":\"/" + "a".repeat(500) + "\"}")));
        assertThat(refused.code()).isEqualTo(ErrorCode.MALFORMED);
        assertThat(refused.message()).isEqualTo("the request comes in pieces: send it without fragmentation");
        assertThat(ask(client, "znode.sync", "{}")).contains("zxid");
    }

    @Test
    void whatHasNoAnswerIsDropped() {
        RSocket client = server.connect();
        client.fireAndForget(request("znode.sync", "{}")).block(SOON);
        client.metadataPush(DefaultPayload.create(new byte[0], new byte[3])).block(SOON);
        assertThat(ask(client, "znode.sync", "{}")).contains("zxid");
        assertThat(server.meters
                        .get("fluxkeeper.client.dropped.frames")
                        .counter()
                        .count())
                .isEqualTo(2);
        assertThat(server.mailbox.told(ReplicaInput.Requested.class)).hasSize(1);
    }

    @Test
    void aSetupOutsideTheRulesIsRejectedInWords() {
        assertThatThrownBy(() -> ask(server.connect(c -> c.dataMimeType("text/plain")), "znode.sync", "{}"))
                .hasMessage("the data MIME type is application/json or application/cbor, not \"text/plain\"");
        assertThatThrownBy(() -> ask(server.connect(c -> c.metadataMimeType("text/plain")), "znode.sync", "{}"))
                .hasMessageStartingWith("the metadata MIME type is message/x.rsocket.composite-metadata.v0 or");
        assertThatThrownBy(() -> ask(
                        server.connect(c -> c.keepAlive(java.time.Duration.ofMillis(10), SOON)), "znode.sync", "{}"))
                .hasMessage("the keep-alive interval is 500..60000 ms, not 10");
        assertThatThrownBy(() ->
                        ask(server.connect(c -> c.keepAlive(SOON, java.time.Duration.ofHours(1))), "znode.sync", "{}"))
                .hasMessage("the keep-alive lifetime is from its interval to 120000 ms, not 3600000");
        assertThat(server.meters
                        .get("fluxkeeper.client.rejected.setups")
                        .counter()
                        .count())
                .isEqualTo(4);
    }

    @Test
    void aFullMailboxIsTooBusyAndNothingIsTaken() {
        RSocket client = server.connect();
        server.mailbox.full(true);
        ServerReply.Refused busy =
                refused(ErrorCode.TOO_BUSY, "this peer has as many requests waiting as it takes; try again later");
        assertThat(refusal(client.requestResponse(request("znode.sync", "{}")))).isEqualTo(busy);
        assertThat(refusal(client.requestStream(request("watch", "{\"path\":\"/a\"}"))
                        .next()))
                .isEqualTo(busy);
        server.mailbox.full(false);
        assertThat(ask(client, "znode.sync", "{}")).contains("zxid");
        assertThat(server.mailbox.told).hasSize(1);
    }

    @Test
    void aCancelledRequestGivesUpItsAnswerAndNothingElse() {
        server.mailbox.script((input, out) -> {});
        RSocket client = server.connect();
        Disposable given = client.requestResponse(request("znode.sync", "{}")).subscribe(reply -> {}, error -> {});
        await().until(() -> server.mailbox.told(ReplicaInput.Requested.class).size() == 1);
        given.dispose();
        server.mailbox.answer(requested -> new ServerReply.Synced(ZXID));
        ask(client, "znode.sync", "{}"); // the cancel has arrived before it
        ReplicaInput.Requested first =
                server.mailbox.told(ReplicaInput.Requested.class).get(0);
        server.mailbox.drain(out -> out.reply(first.handle(), new ServerReply.Synced(ZXID)));
        assertThat(ask(client, "znode.sync", "{}")).contains("zxid");
        assertThat(server.meters.get("fluxkeeper.client.requests").timer().count())
                .isEqualTo(3);
    }

    @Test
    void aPinThatComesForNobodyIsLetGo() {
        server.mailbox.script((input, out) -> {});
        RSocket client = server.connect();
        Disposable given = client.requestResponse(request("znode.children", "{\"path\":\"/\",\"limit\":1,\"pin\":0}"))
                .subscribe(reply -> {}, error -> {});
        await().until(() -> server.mailbox.told(ReplicaInput.Requested.class).size() == 1);
        ReplicaInput.Requested listing =
                server.mailbox.told(ReplicaInput.Requested.class).get(0);
        given.dispose();
        server.mailbox.answer(requested -> new ServerReply.Synced(ZXID));
        ask(client, "znode.sync", "{}"); // the cancel has arrived before it

        server.mailbox.drain(
                out -> out.reply(listing.handle(), new ServerReply.ChildNames(ZXID, List.of("a"), true, null, 77L)));

        await().until(() -> server.mailbox.told(ReplicaInput.Requested.class).size() == 3);
        ReplicaInput.Requested unpin =
                server.mailbox.told(ReplicaInput.Requested.class).get(2);
        assertThat(unpin.request()).isEqualTo(new ClientRequest.Unpin(77));
        assertThat(unpin.connection()).isEqualTo(listing.connection());
    }

    @Test
    void repliesOfOneDrainLeaveInTheOrderOfTheEffects() {
        server.mailbox.script((input, out) -> {});
        RSocket client = server.connect();
        List<Integer> order = Collections.synchronizedList(new java.util.ArrayList<>());
        IntStream.range(0, 50)
                .forEach(i -> client.requestResponse(request("znode.sync", "{}"))
                        .subscribe(reply -> order.add(i), error -> order.add(-1)));
        await().until(() -> server.mailbox.told(ReplicaInput.Requested.class).size() == 50);
        server.mailbox.drain(out -> {
            List<ReplicaInput.Requested> asked = server.mailbox.told(ReplicaInput.Requested.class);
            for (int i = 49; i >= 0; i--) {
                out.reply(asked.get(i).handle(), new ServerReply.Synced(ZXID));
            }
        });
        await().until(() -> order.size() == 50);
        assertThat(order)
                .isEqualTo(IntStream.range(0, 50).map(i -> 49 - i).boxed().collect(Collectors.toList()));
    }

    @Test
    void aWatchPassesItsDemandOnAndYieldsWhatTheReplicaEmits() {
        WatchItem changed = new WatchItem.Changed(ZXID, 0, true, EventType.DELETED, ZnodePath.of("/a"), null, null);
        server.mailbox.script((input, out) -> {
            if (input instanceof ReplicaInput.Demanded demanded) {
                out.emit(
                        demanded.subscription(),
                        demanded.items() == 1
                                ? List.of(new WatchItem.Started(ZXID))
                                : List.of(changed, new WatchItem.Bookmark(ZXID)));
            }
        });
        RSocket client = server.connect();
        StepVerifier.create(
                        client.requestStream(request("watch", "{\"path\":\"/a\",\"scope\":\"SUBTREE\"}"))
                                .map(Payload::getDataUtf8),
                        1)
                .expectNext("{\"item\":\"started\",\"zxid\":\"" + ZXID.value() + "\"}")
                .thenRequest(2)
                .expectNextMatches(json -> json.contains("\"type\":\"DELETED\",\"path\":\"/a\""))
                .expectNextMatches(json -> json.startsWith("{\"item\":\"bookmark\""))
                .thenCancel()
                .verify(SOON);
        await().until(() -> !server.mailbox.told(ReplicaInput.Cancelled.class).isEmpty());
        long number = server.mailbox.told(ReplicaInput.Subscribed.class).get(0).subscription();
        assertThat(server.mailbox.told.stream().skip(1).toList())
                .containsExactly(
                        new ReplicaInput.Demanded(number, 1),
                        new ReplicaInput.Demanded(number, 2),
                        new ReplicaInput.Cancelled(number));
        assertThat(server.meters.get("fluxkeeper.client.subscriptions").gauge().value())
                .isZero();
    }

    @Test
    void aWatchThatTheReplicaEndsEndsWithItsError() {
        server.mailbox.script((input, out) -> {
            if (input instanceof ReplicaInput.Subscribed subscribed) {
                out.emit(subscribed.subscription(), List.of(new WatchItem.Started(ZXID)));
                out.end(subscribed.subscription(), refused(ErrorCode.SUBSCRIBER_STALLED, "too slow"));
            }
        });
        Flux<Payload> watch = server.connect().requestStream(request("watch", "{\"path\":\"/a\"}"));
        StepVerifier.create(watch)
                .expectNextCount(1)
                .verifyErrorSatisfies(error -> assertThat(
                                ApiCodec.readError(error.getMessage()).code())
                        .isEqualTo(ErrorCode.SUBSCRIBER_STALLED));
        assertThat(server.mailbox.told(ReplicaInput.Cancelled.class)).isEmpty();
    }

    @Test
    void demandCancelsAndTheEndOfAConnectionWaitForAFullMailboxAndKeepTheirOrder() {
        RSocket client = server.connect();
        List<org.reactivestreams.Subscription> subscriptions = new java.util.concurrent.CopyOnWriteArrayList<>();
        client.requestStream(request("watch", "{\"path\":\"/a\"}"))
                .subscribe(new reactor.core.publisher.BaseSubscriber<Payload>() {
                    @Override
                    protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
                        subscriptions.add(subscription);
                        subscription.request(1);
                    }
                });
        await().until(() -> server.mailbox.told.size() == 2);
        server.mailbox.full(true);
        subscriptions.get(0).request(2);
        subscriptions.get(0).request(3);
        subscriptions.get(0).cancel();
        assertThat(refusal(client.requestResponse(request("znode.sync", "{}"))).code())
                .isEqualTo(ErrorCode.TOO_BUSY);
        client.dispose();
        await().until(() ->
                server.meters.get("fluxkeeper.client.connections").gauge().value() == 0);
        assertThat(server.mailbox.told).hasSize(2);
        server.mailbox.full(false);
        await().until(() -> server.mailbox.told.size() == 5);
        ReplicaInput.Subscribed first =
                server.mailbox.told(ReplicaInput.Subscribed.class).get(0);
        assertThat(server.mailbox.told.stream().skip(1).toList())
                .containsExactly(
                        new ReplicaInput.Demanded(first.subscription(), 1),
                        new ReplicaInput.Demanded(first.subscription(), 5),
                        new ReplicaInput.Cancelled(first.subscription()),
                        new ReplicaInput.ConnectionClosed(first.connection()));
    }

    @Test
    void theReplicaClosesAConnectionWithAReason() {
        RSocket client = server.connect();
        ask(client, "znode.sync", "{}");
        long number = server.mailbox.told(ReplicaInput.Requested.class).get(0).connection();
        server.mailbox.drain(out -> out.close(number, "the session is attached elsewhere"));
        assertThatThrownBy(() -> client.onClose().block(SOON)).hasMessage("the session is attached elsewhere");
        await().until(() -> server.mailbox
                .told(ReplicaInput.ConnectionClosed.class)
                .contains(new ReplicaInput.ConnectionClosed(number)));
    }

    @Test
    void requestsAreTimedByRouteAndOutcome() {
        RSocket client = server.connect();
        ask(client, "znode.sync", "{}");
        ask(client, "znode.sync", "{}");
        refusal(client.requestResponse(request("znode.delete", "{\"path\":\"/a\"}")));
        refusal(client.requestResponse(request("nope", "{}")));
        assertThat(timed("znode.sync", "OK")).isEqualTo(2);
        assertThat(timed("znode.delete", "NO_NODE")).isEqualTo(1);
        assertThat(timed("unknown", "UNKNOWN_ROUTE")).isEqualTo(1);
    }

    private long timed(String route, String outcome) {
        return server.meters
                .get("fluxkeeper.client.requests")
                .tags("route", route, "outcome", outcome)
                .timer()
                .count();
    }

    @Test
    void noBufferIsLeftBehindByAnswersRefusalsCancelsAndClosedConnections() {
        LeakWatch.requireNoLeak();
        server.mailbox.script((input, out) -> {
            if (input instanceof ReplicaInput.Requested requested) {
                out.reply(requested.handle(), new ServerReply.Synced(ZXID));
            } else if (input instanceof ReplicaInput.Demanded demanded) {
                out.emit(demanded.subscription(), Collections.nCopies(3, new WatchItem.Bookmark(ZXID)));
            }
        });
        for (int round = 0; round < 5; round++) {
            RSocket client = server.connect();
            for (int i = 0; i < 20; i++) {
                ask(client, "znode.sync", "{}");
                refusal(client.requestResponse(request("nope", "{}")));
                refusal(client.requestResponse(request("znode.get", "{")));
                refusal(client.requestResponse(request("znode.get", "x".repeat(1_600_000))));
                client.requestResponse(request("znode.sync", "{}"))
                        .subscribe(r -> {}, e -> {})
                        .dispose();
                client.requestStream(request("watch", "{\"path\":\"/a\"}"))
                        .take(3)
                        .blockLast(SOON);
            }
            client.requestStream(request("watch", "{\"path\":\"/a\"}")).subscribe(r -> {}, e -> {});
            client.requestResponse(request("znode.sync", "{}")).subscribe(r -> {}, e -> {});
            client.dispose();
        }
        await().until(() ->
                server.meters.get("fluxkeeper.client.subscriptions").gauge().value() == 0);
        LeakWatch.requireNoLeak();
    }

    @Test
    void nothingOnTheWayOfARequestBlocksItsEventLoop() {
        assertThatThrownBy(() -> Mono.fromRunnable(() -> {
                            try {
                                Thread.sleep(1);
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        })
                        .subscribeOn(reactor.core.scheduler.Schedulers.parallel())
                        .block(SOON))
                .as("BlockHound watches these tests")
                .hasStackTraceContaining("BlockingOperationError");
    }
}
