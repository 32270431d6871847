package io.fluxkeeper.client;

import static io.fluxkeeper.client.Scene.call;
import static io.fluxkeeper.client.Scene.get;
import static io.fluxkeeper.client.Scene.refused;
import static io.fluxkeeper.client.Scene.zxid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.protocol.ClientRequest.GetData;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.Stat;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** Data that need not fit one reply. */
class DataInPartsTest {
    private final Scene scene = new Scene(1);
    private final TestServer server = scene.server;

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    void aGetThatDoesNotFitOneReplyIsPutTogetherFromPartsOfOneVersion() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<ServerReply.Data> read = call(client.get("/a", Freshness.linearizable()));
        server.expect(GetData.class).refuse(refused(ErrorCode.REPLY_TOO_LARGE, 3));
        TestServer.Received<GetData> first = server.expect(GetData.class);
        assertThat(first.request.offset()).isZero();
        assertThat(first.request.mzxid()).isNull();
        assertThat(first.request.stamp().linearizable()).isTrue();
        first.reply(part(5, 3, 1, 2));
        TestServer.Received<GetData> second = server.expect(GetData.class);
        assertThat(second.request.offset()).isEqualTo(2);
        assertThat(second.request.mzxid()).isEqualTo(zxid(5));
        second.reply(part(5, 3, 3));
        assertThat(get(read).data()).containsExactly(1, 2, 3);
    }

    @Test
    void dataReplacedMeanwhileAreReadAnew() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<ServerReply.Data> read = call(client.get("/a"));
        server.expect(GetData.class).refuse(refused(ErrorCode.REPLY_TOO_LARGE, 3));
        server.expect(GetData.class).reply(part(5, 3, 1, 2));
        server.expect(GetData.class).refuse(refused(ErrorCode.VALUE_CHANGED, 6));
        TestServer.Received<GetData> again = server.expect(GetData.class);
        assertThat(again.request.offset()).isZero();
        again.reply(part(6, 1, 9));
        assertThat(get(read).data()).containsExactly(9);
    }

    @Test
    void partsComeAtTheSubscribersDemand() {
        FluxkeeperClient client = scene.connect();
        Flux<Integer> lengths =
                client.getInParts("/a", 2, Freshness.local()).map(part -> part.data() == null ? 0 : part.data().length);
        StepVerifier.create(lengths, 1)
                .then(() -> {
                    TestServer.Received<GetData> first = server.expect(GetData.class);
                    assertThat(first.request.length()).isEqualTo(2);
                    first.reply(part(5, 7, 1, 2));
                })
                .expectNext(2)
                .then(() -> server.expect(GetData.class).reply(part(5, 7, 3, 4)))
                .then(server::expectNothing)
                .thenRequest(3)
                .expectNext(2)
                .then(() -> server.expect(GetData.class).reply(part(5, 7, 5, 6)))
                .expectNext(2)
                .then(() -> server.expect(GetData.class).reply(part(5, 7, 7)))
                .expectNext(1)
                .expectComplete()
                .verify(Duration.ofSeconds(10));
    }

    @Test
    void whoeverReadsPartsHearsWhenTheyAreOfAVersionThatIsGone() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<?> read =
                call(client.getInParts("/a", 2, Freshness.local()).collectList());
        server.expect(GetData.class).reply(part(5, 3, 1, 2));
        server.expect(GetData.class).refuse(refused(ErrorCode.VALUE_CHANGED, 6));
        assertThatThrownBy(() -> get(read)).isInstanceOf(ValueChangedException.class);
        assertThatThrownBy(() -> client.getInParts("/a", 0, Freshness.local()).blockLast())
                .isInstanceOf(BadRequestException.class);
    }

    private static ServerReply.Data part(long mzxid, int total, int... bytes) {
        byte[] data = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            data[i] = (byte) bytes[i];
        }
        Stat stat = new Stat(zxid(1), zxid(mzxid), 1, 1, 0, 0, 0, SessionId.NONE, total, 0, zxid(1));
        return new ServerReply.Data(zxid(7), data, stat);
    }
}
