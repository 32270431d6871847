package io.fluxkeeper.server.client;

import static io.fluxkeeper.server.client.ApiServer.ask;
import static io.fluxkeeper.server.client.ApiServer.refusal;
import static io.fluxkeeper.server.client.ApiServer.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** What the requests that are not answered yet may hold of memory, over all connections. */
class UnansweredBytesTest {
    private static final Zxid ZXID = Zxid.of(1, 1);
    private static final int BYTES_MAX = 100_000;

    private final ApiServer server = new ApiServer(limits());
    private final RSocket client = server.connect();
    private final RSocket other = server.connect();

    @BeforeEach
    void holdAnswers() {
        server.mailbox.script((input, out) -> {});
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void beyondItRequestsAreRefusedOnAllConnectionsUntilSomeAreAnswered() {
        client.requestResponse(write(60_000)).subscribe();
        ReplicaInput.Requested first = taken(1).get(0);
        long counted = counted();
        assertThat(counted).isBetween(60_000L, 61_000L);

        ServerReply.Refused refused = refusal(other.requestResponse(write(60_000)));
        assertThat(refused.code()).isEqualTo(ErrorCode.TOO_BUSY);
        assertThat(refused.message())
                .isEqualTo(
                        "this peer has " + counted + " bytes of requests that are not answered yet; try again later");
        assertThat(counted()).isEqualTo(counted);

        server.mailbox.drain(out -> out.reply(first.handle(), new ServerReply.Synced(ZXID)));
        await().until(() -> counted() == 0);
        server.mailbox.answer(requested -> new ServerReply.Synced(ZXID));
        other.requestResponse(write(60_000)).block(ApiServer.SOON);
    }

    @Test
    void oneIsLetInWhereNothingIsCountedWhateverItsSize() {
        server.mailbox.answer(requested -> new ServerReply.Synced(ZXID));
        client.requestResponse(write(2 * BYTES_MAX)).block(ApiServer.SOON);
        client.requestResponse(write(2 * BYTES_MAX)).block(ApiServer.SOON);
        assertThat(counted()).isZero();
    }

    @Test
    void smallOnesAreTakenAndNotCounted() {
        client.requestResponse(write(2 * BYTES_MAX)).subscribe();
        taken(1);
        long counted = counted();
        server.mailbox.answer(requested -> new ServerReply.Synced(ZXID));
        ask(other, "znode.set", "{\"path\":\"/a\",\"data\":\"" + "A".repeat(900) + "\"}");
        assertThat(counted()).isEqualTo(counted);
    }

    @Test
    void oneThatTheMailboxHasNoRoomForIsNotCounted() {
        server.mailbox.full(true);
        assertThat(refusal(client.requestResponse(write(60_000))).message())
                .isEqualTo("this peer has as many requests waiting as it takes; try again later");
        assertThat(counted()).isZero();
    }

    /** The replica need not answer them; when it does, they are not given back twice. */
    @Test
    void thoseOfAClosedConnectionAreGivenBackOnce() {
        client.requestResponse(write(60_000))
                .onErrorResume(closed -> Mono.empty())
                .subscribe();
        ReplicaInput.Requested first = taken(1).get(0);
        client.dispose();
        await().until(() -> counted() == 0);

        other.requestResponse(write(60_000)).subscribe();
        taken(2);
        long counted = counted();
        server.mailbox.drain(out -> out.reply(first.handle(), new ServerReply.Synced(ZXID)));
        await().until(() -> answered() == 1);
        assertThat(counted()).isEqualTo(counted);
    }

    private static Payload write(int bytes) {
        return request("znode.set", "{\"path\":\"/a\",\"data\":\"" + "A".repeat(bytes) + "\"}");
    }

    private List<ReplicaInput.Requested> taken(int requests) {
        await().until(() -> server.mailbox.told(ReplicaInput.Requested.class).size() == requests);
        return server.mailbox.told(ReplicaInput.Requested.class);
    }

    private long counted() {
        return (long)
                server.meters.get("fluxkeeper.client.unanswered.bytes").gauge().value();
    }

    private long answered() {
        return server.meters.find("fluxkeeper.client.requests").timers().stream()
                .mapToLong(timer -> timer.count())
                .sum();
    }

    private static ClientLimits limits() {
        ClientLimits d = ClientLimits.DEFAULT;
        return new ClientLimits(
                d.requestBytesMax(),
                d.connectionsMax(),
                d.connectionsPerAddressMax(),
                d.handshakesMax(),
                Duration.ofSeconds(5),
                d.requestsMax(),
                BYTES_MAX,
                d.subscriptionsMax(),
                d.keepAliveIntervalMin(),
                d.keepAliveIntervalMax(),
                d.keepAliveLifetimeMax(),
                d.streamBytesHigh(),
                d.unsentBytesHigh(),
                d.unsentBytesMax());
    }
}
