package io.fluxkeeper.client;

import static io.fluxkeeper.client.Scene.call;
import static io.fluxkeeper.client.Scene.dataSet;
import static io.fluxkeeper.client.Scene.gap;
import static io.fluxkeeper.client.Scene.get;
import static io.fluxkeeper.client.Scene.opened;
import static io.fluxkeeper.client.Scene.refused;
import static io.fluxkeeper.client.Scene.stat;
import static io.fluxkeeper.client.Scene.zxid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.core.protocol.ClientRequest.CloseSession;
import io.fluxkeeper.core.protocol.ClientRequest.Create;
import io.fluxkeeper.core.protocol.ClientRequest.EnsembleStatus;
import io.fluxkeeper.core.protocol.ClientRequest.GetData;
import io.fluxkeeper.core.protocol.ClientRequest.OpenSession;
import io.fluxkeeper.core.protocol.ClientRequest.SetData;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.ZnodePath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** How writes are numbered, sent again, refused and given up: decision 2, seen from the client. */
class WritesTest {
    private final Scene scene = new Scene(1);
    private final TestServer server = scene.server;

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    void aWriteIsNumberedWhenItIsHandedToTheConnectionAndNotWhenItIsMade() {
        FluxkeeperClient client = scene.connect();
        Mono<ServerReply.DataSet> madeFirst = client.set("/first", null);
        CompletableFuture<?> second = call(client.set("/second", null));
        TestServer.Received<SetData> sentFirst = server.expect(SetData.class);
        CompletableFuture<?> first = call(madeFirst);
        TestServer.Received<SetData> sentSecond = server.expect(SetData.class);

        assertThat(sentFirst.request.path()).isEqualTo(ZnodePath.of("/second"));
        assertThat(sentFirst.request.stamp()).isEqualTo(new WriteStamp(Scene.SESSION, 1, 0));
        assertThat(sentSecond.request.path()).isEqualTo(ZnodePath.of("/first"));
        assertThat(sentSecond.request.stamp()).isEqualTo(new WriteStamp(Scene.SESSION, 2, 0));
        sentFirst.reply(dataSet(2));
        sentSecond.reply(dataSet(3));
        get(first);
        get(second);
    }

    @Test
    void acknowledgesUpToTheFirstReplyThatIsMissing() {
        FluxkeeperClient client = scene.connect();
        List<TestServer.Received<SetData>> sent = new ArrayList<>();
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            answers.add(call(client.set("/a", null)));
            sent.add(server.expect(SetData.class));
        }
        sent.get(1).reply(dataSet(3));
        get(answers.get(1));
        call(client.set("/a", null));
        assertThat(server.expect(SetData.class).request.stamp().acked()).isEqualTo(0);

        sent.get(0).reply(dataSet(2));
        get(answers.get(0));
        call(client.set("/a", null));
        assertThat(server.expect(SetData.class).request.stamp().acked()).isEqualTo(2);
    }

    @Test
    void afterAReconnectWhatIsUnansweredGoesAgainUnderItsNumbersInOrder() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<ServerReply.DataSet> first = call(client.set("/1", null));
        TestServer.Received<SetData> sent = server.expect(SetData.class);
        CompletableFuture<ServerReply.DataSet> second = call(client.set("/2", null));
        TestServer.Received<SetData> answered = server.expect(SetData.class);
        CompletableFuture<ServerReply.DataSet> third = call(client.set("/3", null));
        server.expect(SetData.class);
        answered.reply(dataSet(3));
        get(second);
        assertThat(sent.connection).isEqualTo(1);

        server.drop();
        scene.timer.fire(Scene.RETRY_MIN);
        TestServer.Received<OpenSession> again = server.expect(OpenSession.class);
        assertThat(again.request.session()).isEqualTo(Scene.SESSION);
        assertThat(again.request.password()).isEqualTo(Scene.PASSWORD);
        assertThat(again.request.atLeast()).isEqualTo(zxid(3));
        again.reply(opened(zxid(9), 2, 10));

        TestServer.Received<SetData> firstAgain = server.expect(SetData.class);
        TestServer.Received<SetData> thirdAgain = server.expect(SetData.class);
        assertThat(firstAgain.connection).isEqualTo(2);
        assertThat(firstAgain.request.path()).isEqualTo(ZnodePath.of("/1"));
        assertThat(firstAgain.request.stamp()).isEqualTo(new WriteStamp(Scene.SESSION, 1, 0));
        assertThat(thirdAgain.request.stamp()).isEqualTo(new WriteStamp(Scene.SESSION, 3, 0));
        firstAgain.reply(dataSet(2));
        thirdAgain.reply(dataSet(10));
        assertThat(get(first).zxid()).isEqualTo(zxid(2));
        assertThat(get(third).zxid()).isEqualTo(zxid(10));
    }

    @Test
    void aWriteMadeWithoutAConnectionGetsTheNextNumberBehindThoseSentAgain() {
        FluxkeeperClient client = scene.connect();
        call(client.set("/1", null));
        server.expect(SetData.class);
        server.drop();
        await().until(() -> client.sessionStates().blockFirst() instanceof SessionState.Suspended);
        call(client.set("/2", null));
        scene.timer.fire(Scene.RETRY_MIN);
        server.expect(OpenSession.class).reply(opened(zxid(9), 0, 10));
        assertThat(server.expect(SetData.class).request.stamp().cxid()).isEqualTo(1);
        assertThat(server.expect(SetData.class).request.stamp().cxid()).isEqualTo(2);
    }

    @Test
    void aGapIsFilledAtOnceFromTheExpectedNumberAndOnceOnly() {
        FluxkeeperClient client = scene.connect();
        List<TestServer.Received<SetData>> sent = new ArrayList<>();
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            answers.add(call(client.set("/a", null)));
            sent.add(server.expect(SetData.class));
        }
        sent.get(1).refuse(gap(1));
        sent.get(2).refuse(gap(1));
        for (int cxid = 1; cxid <= 3; cxid++) {
            TestServer.Received<SetData> again = server.expect(SetData.class);
            assertThat(again.request.stamp().cxid()).isEqualTo(cxid);
            again.reply(dataSet(cxid + 1));
        }
        answers.forEach(Scene::get);
        server.expectNothing();
    }

    @Test
    void aGapThatStaysIsFilledAgainOnlyAfterAWait() {
        FluxkeeperClient client = scene.connect();
        call(client.set("/1", null));
        server.expect(SetData.class);
        call(client.set("/2", null));
        server.expect(SetData.class).refuse(gap(1));
        server.expect(SetData.class);
        server.expect(SetData.class).refuse(gap(1));
        scene.timer.fire(Scene.RETRY_MIN);
        assertThat(server.expect(SetData.class).request.stamp().cxid()).isEqualTo(1);
        assertThat(server.expect(SetData.class).request.stamp().cxid()).isEqualTo(2);
    }

    @Test
    void aWriteThatFoundThePeerTooBusyKeepsItsNumberAndNoLaterOneOvertakesIt() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<?> first = call(client.set("/1", null));
        server.expect(SetData.class).refuse(refused(ErrorCode.TOO_BUSY, 0));
        await().until(() -> scene.timer.delays().contains(Scene.RETRY_MIN));
        CompletableFuture<?> second = call(client.set("/2", null));
        scene.timer.fire(Scene.RETRY_MIN);
        TestServer.Received<SetData> again = server.expect(SetData.class);
        assertThat(again.request.path()).isEqualTo(ZnodePath.of("/1"));
        assertThat(again.request.stamp()).isEqualTo(new WriteStamp(Scene.SESSION, 1, 0));
        TestServer.Received<SetData> next = server.expect(SetData.class);
        assertThat(next.request.stamp().cxid()).isEqualTo(2);
        again.reply(dataSet(2));
        next.reply(dataSet(3));
        get(first);
        get(second);
    }

    @Test
    void sendsNoMoreThanTheWindowAllowsAndLeavesRoomForTheClose() {
        FluxkeeperClient client = scene.connect(scene.builder(), 3);
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            answers.add(call(client.set("/a", null)));
        }
        TestServer.Received<SetData> first = server.expect(SetData.class);
        server.expect(SetData.class);
        CompletableFuture<?> read = call(client.get("/a"));
        server.expect(GetData.class).reply(Scene.data(5)); // behind whatever was sent
        get(read);
        server.expectNothing();
        first.reply(dataSet(2));
        assertThat(server.expect(SetData.class).request.stamp()).isEqualTo(new WriteStamp(Scene.SESSION, 3, 1));
        client.close().subscribe();
        assertThat(server.expect(CloseSession.class).request.stamp()).isEqualTo(new WriteStamp(Scene.SESSION, 4, 1));
    }

    @Test
    void moreWritesThanMayWaitAreTooBusyAndNotSent() {
        FluxkeeperClient client = scene.connect(scene.builder().pendingWritesMax(1), 2);
        call(client.set("/sent", null));
        server.expect(SetData.class);
        call(client.set("/waits", null));
        assertThatThrownBy(() -> get(call(client.set("/refused", null))))
                .isInstanceOf(TooBusyException.class)
                .hasMessage("1 calls are pending, the most that may be");
    }

    @Test
    void cancellingBeforeItHasANumberLeavesTheWriteOut() {
        FluxkeeperClient client = scene.connect(scene.builder(), 2);
        call(client.set("/sent", null));
        TestServer.Received<SetData> sent = server.expect(SetData.class);
        Disposable cancelled = client.set("/cancelled", null).subscribe();
        CompletableFuture<?> kept = call(client.set("/kept", null));
        cancelled.dispose();
        sent.reply(dataSet(2));
        TestServer.Received<SetData> next = server.expect(SetData.class);
        assertThat(next.request.path()).isEqualTo(ZnodePath.of("/kept"));
        assertThat(next.request.stamp()).isEqualTo(new WriteStamp(Scene.SESSION, 2, 1));
        next.reply(dataSet(3));
        get(kept);
    }

    /** The client's thread may come to the write before it comes to what {@code dispose} left for it to do. */
    @Test
    void whatWasCancelledIsNotNumberedByWhoeverLooksBeforeTheCancellingIsWorkedOff() {
        FluxkeeperClient client = scene.connect();
        call(client.set("/sent", null));
        server.expect(SetData.class).refuse(refused(ErrorCode.TOO_BUSY, 0));
        await().until(() -> scene.timer.delays().contains(Scene.RETRY_MIN));
        Disposable cancelled = client.set("/cancelled", null).subscribe();
        CompletableFuture<?> kept = call(client.set("/kept", null));
        CompletableFuture<?> onTheClientsThread = call(client.get("/a")).thenAccept(read -> {
            cancelled.dispose();
            scene.timer.advance(Scene.RETRY_MIN);
        });
        server.expect(GetData.class).reply(Scene.data(1));
        get(onTheClientsThread);
        assertThat(server.expect(SetData.class).request.path()).isEqualTo(ZnodePath.of("/sent"));
        TestServer.Received<SetData> next = server.expect(SetData.class);
        assertThat(next.request.path()).isEqualTo(ZnodePath.of("/kept"));
        assertThat(next.request.stamp().cxid()).isEqualTo(2);
        next.reply(dataSet(2));
        get(kept);
    }

    @Test
    void cancellingAfterwardsGivesUpTheAnswerAndNeverTheWrite() {
        FluxkeeperClient client = scene.connect();
        Disposable cancelled = client.set("/cancelled", null).subscribe();
        server.expect(SetData.class);
        cancelled.dispose();
        server.drop();
        scene.timer.fire(Scene.RETRY_MIN);
        server.expect(OpenSession.class).reply(opened(zxid(9), 0, 10));
        TestServer.Received<SetData> again = server.expect(SetData.class);
        assertThat(again.request.stamp()).isEqualTo(new WriteStamp(Scene.SESSION, 1, 0));
        again.reply(dataSet(10));
        call(client.get("/a"));
        server.expect(GetData.class);
        call(client.set("/next", null));
        assertThat(server.expect(SetData.class).request.stamp()).isEqualTo(new WriteStamp(Scene.SESSION, 2, 1));
    }

    @Test
    void whatTheTreeRefusesTakesItsNumberAndTellsInFieldsWhatIsWrong() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<?> refused = call(client.set("/a", null, 3));
        server.expect(SetData.class)
                .refuse(new ServerReply.Refused(
                        zxid(2), ErrorCode.BAD_VERSION, "/a", "version is 5, not 3", null, 3L, 5L, null));
        assertThatThrownBy(() -> get(refused)).isInstanceOfSatisfying(BadVersionException.class, bad -> {
            assertThat(bad.path()).isEqualTo("/a");
            assertThat(bad.expected()).isEqualTo(3);
            assertThat(bad.actual()).isEqualTo(5);
            assertThat(bad.zxid()).isEqualTo(zxid(2));
            assertThat(bad).hasMessage("BAD_VERSION: version is 5, not 3");
        });
        call(client.set("/a", null));
        assertThat(server.expect(SetData.class).request.stamp()).isEqualTo(new WriteStamp(Scene.SESSION, 2, 1));
    }

    @Test
    void aWriteWithoutAnswerInTimeIsOfUnknownOutcomeAndKeepsItsNumber() {
        FluxkeeperClient client = scene.connect(scene.builder().requestTimeout(Duration.ofSeconds(2)), 10);
        CompletableFuture<?> slow = call(client.create("/a", null, CreateMode.EPHEMERAL));
        TestServer.Received<Create> sent = server.expect(Create.class);
        scene.timer.advance(Duration.ofSeconds(2));
        scene.timer.advance(Duration.ofMillis(200));
        assertThatThrownBy(() -> get(slow))
                .isInstanceOfSatisfying(
                        OutcomeUnknownException.class,
                        unknown -> assertThat(unknown.cxid()).isEqualTo(1))
                .hasMessage("write 1 may or may not have been applied: it was not answered in time");
        sent.reply(new ServerReply.Created(zxid(2), ZnodePath.of("/a"), stat(2)));
        CompletableFuture<?> behindIt = call(client.get("/a")); // its reply comes behind the late one
        server.expect(GetData.class).reply(new ServerReply.Data(zxid(2), null, stat(2)));
        get(behindIt);
        call(client.set("/a", null));
        assertThat(server.expect(SetData.class).request.stamp()).isEqualTo(new WriteStamp(Scene.SESSION, 2, 1));
    }

    @Test
    void withoutASessionAWriteCutOffIsOfUnknownOutcomeAndNotSentAgain() {
        FluxkeeperClient client = connectedWithoutSession(scene.builder());
        CompletableFuture<?> cut = call(client.set("/a", null));
        assertThat(server.expect(SetData.class).request.stamp()).isNull();
        server.drop();
        assertThatThrownBy(() -> get(cut))
                .isInstanceOf(OutcomeUnknownException.class)
                .hasMessage(
                        "the write may or may not have been applied: the connection was lost before it was answered");
        assertThatThrownBy(() -> get(call(client.create("/e", null, CreateMode.EPHEMERAL))))
                .isInstanceOf(BadRequestException.class)
                .hasMessage("BAD_ARGUMENTS: an ephemeral znode needs a session; this client has none");
        scene.timer.fire(Scene.RETRY_MIN);
        server.expect(EnsembleStatus.class).reply(Scene.status(1, zxid(5)));
        call(client.get("/a"));
        server.expect(GetData.class);
    }

    private FluxkeeperClient connectedWithoutSession(FluxkeeperClientBuilder builder) {
        CompletableFuture<FluxkeeperClient> connecting =
                builder.withoutSession().connect().toFuture();
        server.expect(EnsembleStatus.class).reply(Scene.status(1, zxid(1)));
        return get(connecting);
    }

    @Test
    void withoutASessionAWriteWhoseCallerWasToldIsNotSentBehindItsBack() {
        FluxkeeperClient client = connectedWithoutSession(scene.builder().requestTimeout(Duration.ofSeconds(2)));
        CompletableFuture<?> slow = call(client.set("/a", null));
        TestServer.Received<SetData> sent = server.expect(SetData.class);
        scene.timer.advance(Duration.ofSeconds(2));
        scene.timer.advance(Duration.ofMillis(200));
        assertThatThrownBy(() -> get(slow)).isInstanceOf(OutcomeUnknownException.class);

        sent.refuse(refused(ErrorCode.TOO_BUSY, 3));
        CompletableFuture<?> behindIt = call(client.get("/a")); // its reply comes behind the refusal
        server.expect(GetData.class).reply(new ServerReply.Data(zxid(3), null, stat(3)));
        get(behindIt);
        scene.timer.fire(Scene.RETRY_MIN);

        call(client.get("/a"));
        server.expect(GetData.class);
    }

    @Test
    void whatIsTooLongToBeSentIsRefusedAndItsNumberIsTheNextOnes() {
        FluxkeeperClient client = scene.connect();
        String longPath = "/" + "a".repeat(4 << 20);

        assertTooLong("znode.set", client.set("/a", new byte[4 << 20]));
        assertTooLong("znode.get", client.get(longPath));
        assertTooLong("watch", client.watch(longPath).next());

        call(client.set("/b", null));
        assertThat(server.expect(SetData.class).request.stamp()).isEqualTo(new WriteStamp(Scene.SESSION, 1, 0));
    }

    private static void assertTooLong(String route, Mono<?> call) {
        assertThatThrownBy(() -> get(call(call)))
                .isInstanceOf(BadRequestException.class)
                .hasMessageMatching(
                        "TOO_LARGE: a " + route + " of 419[0-9]{4} bytes is not sent: no peer takes more than 4193280");
    }
}
