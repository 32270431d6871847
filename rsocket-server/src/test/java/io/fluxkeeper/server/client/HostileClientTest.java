package io.fluxkeeper.server.client;

import static io.fluxkeeper.server.client.ApiServer.SOON;
import static io.fluxkeeper.server.client.ApiServer.ask;
import static io.fluxkeeper.server.client.ApiServer.refusal;
import static io.fluxkeeper.server.client.ApiServer.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.znode.ZnodePath;
import io.netty.buffer.Unpooled;
import io.rsocket.RSocket;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

/** Clients that send what they should not, or too much of it, or do not read: each meets its limit, alone. */
class HostileClientTest {
    private static final Zxid ZXID = Zxid.of(1, 1);

    private ApiServer server = serve(limits());

    /** Small ones, so that tests reach them. */
    private static ClientLimits limits() {
        return limits(3, 2, 2, SOON, 8 << 20);
    }

    private static ClientLimits limits(
            int connectionsMax,
            int connectionsPerAddressMax,
            int handshakesMax,
            Duration setupTimeout,
            int unsentBytesMax) {
        return new ClientLimits(
                4_096,
                connectionsMax,
                connectionsPerAddressMax,
                handshakesMax,
                setupTimeout,
                5,
                1 << 20,
                2,
                Duration.ofMillis(500),
                Duration.ofSeconds(60),
                Duration.ofSeconds(120),
                128 << 10,
                256 << 10,
                unsentBytesMax);
    }

    private static ApiServer serve(ClientLimits limits) {
        ApiServer server = new ApiServer(limits);
        server.mailbox.answer(requested -> new ServerReply.Synced(ZXID));
        return server;
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void garbageClosesItsOwnConnectionAndNoOther() throws Exception {
        server.close();
        server = serve(
                limits(3, 2, 2, Duration.ofSeconds(2), 8 << 20)); // some of it looks like a frame that is to go on
        RSocket neighbour = server.connect();
        Random random = new Random(11);
        byte[] noise = new byte[200];
        random.nextBytes(noise);
        noise[0] = noise[1] = 0; // a short frame, so that it is complete
        for (byte[] garbage : List.of(
                "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(UTF_8), noise, new byte[] {0, 0, 1, 7}, new byte[64])) {
            try (RawClient client = new RawClient(server.listening.tcpAddress())) {
                client.send(garbage).readToTheEnd();
            }
        }
        assertThat(ask(neighbour, "znode.sync", "{}")).contains("zxid");
        await().until(() -> gauge("handshakes") == 0);
    }

    @Test
    void garbageAfterASetupClosesItsOwnConnectionAndNoOther() throws Exception {
        RSocket neighbour = server.connect();
        assertClosedWith(frame(), "a frame has at least 6 bytes, not 0");
        assertClosedWith(frame(0, 0, 0, 1, 0x20, 0), "a frame REQUEST_N has 10..4096 bytes, not 6");
        assertClosedWith(frame(0, 0, 0, 0, 0x0c, 0), "a frame KEEPALIVE has 14..256 bytes, not 6");
        assertClosedWith(frame(0, 0, 0, 0, 0x2c, 0), "a frame ERROR has 10..4096 bytes, not 6");
        assertClosedWith(frame(0, 0, 0, 0, 0x04, 0), "a client does not send SETUP after its SETUP");
        assertClosedWith(frame(0, 0, 0, 0, 0x34, 0), "a client does not send RESUME after its SETUP");
        assertClosedWith(frame(0, 0, 0, 1, 0xf0, 0), "no frame has the type 60");
        assertThat(ask(neighbour, "znode.sync", "{}")).contains("zxid");
        await().until(() -> gauge("connections") == 1);
    }

    /** An ERROR frame of the connection with that sentence is the last that comes. */
    private void assertClosedWith(byte[] frame, String sentence) throws Exception {
        try (RawClient client = new RawClient(server.listening.tcpAddress())) {
            assertThat(client.setup().send(frame).readToTheEnd()).endsWith(sentence);
        }
    }

    private static byte[] frame(int... bytes) {
        byte[] frame = new byte[3 + bytes.length];
        frame[2] = (byte) bytes.length;
        for (int i = 0; i < bytes.length; i++) {
            frame[3 + i] = (byte) bytes[i];
        }
        return frame;
    }

    /** RSocket would write an ERROR into the log for each. */
    @Test
    void aRequestWithTheStreamIdOfAServerClosesItsConnectionInWords() throws Exception {
        assertClosedWith(frame(0, 0, 0, 2, 0x10, 0), "a client's REQUEST_RESPONSE has an odd stream id above 0, not 2");
        assertClosedWith(frame(0, 0, 0, 0, 0x10, 0), "a client's REQUEST_RESPONSE has an odd stream id above 0, not 0");
        assertClosedWith(
                frame(0xff, 0xff, 0xff, 0xff, 0x18, 0, 0, 0, 0, 1),
                "a client's REQUEST_STREAM has an odd stream id above 0, not -1");
    }

    @Test
    void aStreamThatAsksForNothingIsRefusedAndTheConnectionLives() throws Exception {
        try (RawClient client = new RawClient(server.listening.tcpAddress())) {
            client.setup().send(frame(0, 0, 0, 3, 0x18, 0, 0, 0, 0, 0)).watch(1);
            await().until(() ->
                    !server.mailbox.told(ReplicaInput.Subscribed.class).isEmpty());
            assertThat(client.keepAlive(300).readToTheEnd())
                    .containsPattern("(?s)MALFORMED.*the initial request n is above 0, not 0");
        }
    }

    @Test
    void aRequestThatEndsInsideItsMetadataIsRefusedAndTheConnectionLives() throws Exception {
        try (RawClient client = new RawClient(server.listening.tcpAddress())) {
            client.setup()
                    .send(frame(0, 0, 0, 1, 0x11, 0, 0, 0, 99))
                    .send(frame(0, 0, 0, 3, 0x19, 0, 0, 0, 0, 1, 0))
                    .watch(1);
            await().until(() ->
                    !server.mailbox.told(ReplicaInput.Subscribed.class).isEmpty());
            assertThat(server.meters
                            .get("fluxkeeper.client.requests")
                            .tags("outcome", "MALFORMED")
                            .timer()
                            .count())
                    .isEqualTo(2);
            assertThat(client.keepAlive(300).readToTheEnd())
                    .containsPattern("(?s)MALFORMED.*the request ends inside its metadata"
                            + ".*MALFORMED.*the request ends inside its metadata");
        }
    }

    @Test
    void aKeepAliveWithMuchDataClosesItsConnection() throws Exception {
        try (RawClient client = new RawClient(server.listening.tcpAddress())) {
            assertThat(client.setup().keepAlive(300).readToTheEnd())
                    .contains("a frame KEEPALIVE has 14..256 bytes, not 314");
        }
    }

    @Test
    void whoSendsNoSetupInTimeIsClosedOnTcpAndOnWebSocket() throws Exception {
        server.close();
        server = serve(limits(3, 2, 2, Duration.ofMillis(300), 8 << 20));
        try (RawClient silent = new RawClient(server.listening.tcpAddress());
                RawClient slow = new RawClient(server.listening.webSocketAddress())) {
            slow.send("GET / HTTP/1.1\r\n".getBytes(UTF_8));
            assertThat(silent.readToTheEnd()).isEmpty();
            slow.readToTheEnd();
        }
        assertThat(counter("closed.before.setup")).isEqualTo(2);
        await().until(() -> gauge("handshakes") == 0);
    }

    @Test
    void beyondTheHandshakesThatMayBeOpenAConnectionIsClosedAtOnce() throws Exception {
        server.close();
        server = serve(limits(0, 0, 2, SOON, 8 << 20));
        try (RawClient first = new RawClient(server.listening.tcpAddress());
                RawClient second = new RawClient(server.listening.tcpAddress())) {
            await().until(() -> gauge("handshakes") == 2);
            try (RawClient third = new RawClient(server.listening.tcpAddress())) {
                assertThat(third.readToTheEnd()).isEmpty();
            }
            assertThat(counter("closed.before.setup")).isEqualTo(1);
        }
        await().until(() -> gauge("handshakes") == 0);
        assertThat(ask(server.connect(), "znode.sync", "{}")).contains("zxid");
    }

    @Test
    void beyondTheConnectionsOfAnAddressASetupIsRejectedUntilOneIsFree() {
        RSocket first = server.connect();
        RSocket second = server.connect();
        ask(first, "znode.sync", "{}");
        ask(second, "znode.sync", "{}");
        assertThatThrownBy(() -> ask(server.connect(), "znode.sync", "{}"))
                .hasMessage("this address has its 2 connections to this peer");
        first.dispose();
        await().until(() -> gauge("connections") == 1);
        assertThat(ask(server.connect(), "znode.sync", "{}")).contains("zxid");
    }

    @Test
    void beyondTheConnectionsOfThePeerASetupIsRejectedUntilOneIsFree() {
        server.close();
        server = serve(limits(2, 0, 5, SOON, 8 << 20));
        RSocket first = server.connect();
        ask(first, "znode.sync", "{}");
        ask(server.connect(), "znode.sync", "{}");
        assertThatThrownBy(() -> ask(server.connect(), "znode.sync", "{}"))
                .hasMessage("this peer has its 2 connections; try another peer");
        first.dispose();
        await().until(() -> gauge("connections") == 1);
        assertThat(ask(server.connect(), "znode.sync", "{}")).contains("zxid");
    }

    @Test
    void beyondItsUnansweredRequestsAConnectionIsTooBusyEvenIfItCancelledThem() {
        server.mailbox.script((input, out) -> {});
        RSocket client = server.connect();
        List<Disposable> given = Collections.nCopies(5, 0).stream()
                .map(i -> client.requestResponse(request("znode.sync", "{}")).subscribe(reply -> {}, error -> {}))
                .toList();
        await().until(() -> server.mailbox.told(ReplicaInput.Requested.class).size() == 5);
        given.forEach(Disposable::dispose);
        ServerReply.Refused refused = refusal(client.requestResponse(request("znode.sync", "{}")));
        assertThat(refused.code()).isEqualTo(ErrorCode.TOO_BUSY);
        assertThat(refused.message()).isEqualTo("this connection has its 5 requests that are not answered yet");
        server.mailbox.drain(out -> server.mailbox
                .told(ReplicaInput.Requested.class)
                .forEach(asked -> out.reply(asked.handle(), new ServerReply.Synced(ZXID))));
        server.mailbox.answer(requested -> new ServerReply.Synced(ZXID));
        await().untilAsserted(() -> assertThat(ask(client, "znode.sync", "{}")).contains("zxid"));
    }

    @Test
    void beyondItsWatchesAConnectionIsRefusedUntilOneIsOver() {
        RSocket client = server.connect();
        Disposable first =
                client.requestStream(request("watch", "{\"path\":\"/a\"}")).subscribe(i -> {}, e -> {});
        client.requestStream(request("watch", "{\"path\":\"/b\"}")).subscribe(i -> {}, e -> {});
        ServerReply.Refused refused = refusal(
                client.requestStream(request("watch", "{\"path\":\"/c\"}")).next());
        assertThat(refused.code()).isEqualTo(ErrorCode.LIMIT_REACHED);
        assertThat(refused.message()).isEqualTo("this connection has its 2 watches");
        first.dispose();
        await().until(() -> gauge("subscriptions") == 1);
        client.requestStream(request("watch", "{\"path\":\"/d\"}")).subscribe(i -> {}, e -> {});
        await().until(() -> gauge("subscriptions") == 2);
    }

    @Test
    void whoDoesNotReadIsCongestedAndThenNoMore() throws Exception {
        server.close();
        server = serve(limits(3, 2, 2, SOON, 64 << 20));
        int items = 2_500; // more than the system's socket buffers take
        try (RawClient client = new RawClient(server.listening.tcpAddress())) {
            client.setup().watch(Integer.MAX_VALUE);
            await().until(() -> server.mailbox.told(ReplicaInput.Demanded.class).size() == 1);
            emit(items);
            await().until(() -> !congestion().isEmpty());
            assertThat(congestion()).containsExactly(true);
            client.request(3, "znode.sync");
            await().until(() -> server.meters
                            .find("fluxkeeper.client.requests")
                            .tags("outcome", "TOO_BUSY")
                            .timer()
                    != null);
            client.read(items * WIRE_BYTES - 32_000); // what is left fits the socket's buffers
            await().until(() -> congestion().size() == 2);
            assertThat(congestion()).containsExactly(true, false);
            assertThat(client.keepAlive(300).readToTheEnd())
                    .contains("TOO_BUSY", "this connection does not read what was sent to it");
            assertThat(counter("closed.unsent")).isZero();
        }
    }

    /** Left to itself the kernel takes megabytes, and who does not read would have cost them before its streams rest. */
    @Test
    void theKernelTakesLittleForWhoDoesNotRead() throws Exception {
        RSocket neighbour = server.connect();
        try (RawClient client = new RawClient(server.listening.tcpAddress())) {
            client.setup().watch(Integer.MAX_VALUE);
            await().until(() -> server.mailbox.told(ReplicaInput.Demanded.class).size() == 1);
            int bytes = 0;
            for (; congestion().isEmpty(); bytes += ITEM_BYTES) {
                emit(1);
                ask(neighbour, "znode.sync", "{}"); // behind it on the one event loop
            }
            assertThat(bytes).isLessThan(4 * ClientListener.SEND_BUFFER_BYTES + (128 << 10));
        }
    }

    @Test
    void whoLeavesTooMuchUnreadIsClosedAndItsMemoryIsFree() throws Exception {
        try (RawClient client = new RawClient(server.listening.tcpAddress())) {
            client.setup().watch(Integer.MAX_VALUE);
            await().until(() -> server.mailbox.told(ReplicaInput.Demanded.class).size() == 1);
            for (int i = 0; i < 20; i++) {
                emit(200);
            }
            await().until(() ->
                    !server.mailbox.told(ReplicaInput.ConnectionClosed.class).isEmpty());
        }
        assertThat(counter("closed.unsent")).isEqualTo(1); // in no words: they would wait behind what is not read
        await().until(() -> gauge("connections") == 0 && gauge("subscriptions") == 0);
    }

    /** More than an item has in base64; JSON around it makes it a little more. */
    private static final int ITEM_BYTES = 4_000;

    private static final WatchItem ITEM = new WatchItem.Changed(
            ZXID, 0, true, EventType.CREATED, ZnodePath.of("/a"), null, new byte[3 * ITEM_BYTES / 4]);

    /** Its frame: length, stream, type and flags go before it. */
    private static final long WIRE_BYTES =
            3 + 4 + 2 + ApiCodec.of(ApiCodec.Format.JSON).write(ITEM).length;

    private void emit(int items) {
        long number = server.mailbox.told(ReplicaInput.Subscribed.class).get(0).subscription();
        server.mailbox.drain(out -> out.emit(number, Collections.nCopies(items, ITEM)));
    }

    private List<Boolean> congestion() {
        return server.mailbox.told(ReplicaInput.ConnectionCongested.class).stream()
                .map(ReplicaInput.ConnectionCongested::congested)
                .toList();
    }

    @Test
    void aFrameThatIsTooLargeAndNoRequestClosesItsConnection() throws Exception {
        try (RawClient client = new RawClient(server.listening.tcpAddress())) {
            byte[] cancel = new byte[5_000];
            cancel[4] = 0x24;
            assertThat(client.setup().frame(Unpooled.wrappedBuffer(cancel)).readToTheEnd())
                    .contains("a frame CANCEL has 6..4096 bytes, not 5000");
        }
    }

    private double gauge(String name) {
        return server.meters.get("fluxkeeper.client." + name).gauge().value();
    }

    private double counter(String name) {
        return server.meters.get("fluxkeeper.client." + name).counter().count();
    }
}
