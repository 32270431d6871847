package io.fluxkeeper.client;

import static io.fluxkeeper.client.Scene.call;
import static io.fluxkeeper.client.Scene.dataSet;
import static io.fluxkeeper.client.Scene.get;
import static io.fluxkeeper.client.Scene.opened;
import static io.fluxkeeper.client.Scene.refused;
import static io.fluxkeeper.client.Scene.zxid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.core.protocol.ClientRequest.CloseSession;
import io.fluxkeeper.core.protocol.ClientRequest.EnsembleStatus;
import io.fluxkeeper.core.protocol.ClientRequest.Exists;
import io.fluxkeeper.core.protocol.ClientRequest.GetData;
import io.fluxkeeper.core.protocol.ClientRequest.Heartbeat;
import io.fluxkeeper.core.protocol.ClientRequest.OpenSession;
import io.fluxkeeper.core.protocol.ClientRequest.SetData;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

/** The session's life: opening, moving from peer to peer, lease, expiry, end. */
class SessionTest {
    private final Scene scene = new Scene(2);
    private final TestServer server = scene.server;
    private final TestServer other = scene.servers.get(1);

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    void opensASessionAndSpeaksCbor() {
        CompletableFuture<FluxkeeperClient> connecting =
                scene.builder().connect().toFuture();
        TestServer.Received<OpenSession> open = server.expect(OpenSession.class);
        assertThat(open.request.timeoutMillis()).isEqualTo(9000);
        assertThat(open.request.session()).isNull();
        assertThat(open.request.atLeast()).isNull();
        assertThat(server.dataMimeType()).isEqualTo("application/cbor");
        open.reply(opened(zxid(1), 0, 10));
        assertThat(get(connecting).sessionStates().blockFirst()).isEqualTo(new SessionState.Connected());
    }

    @Test
    void movesToAnotherPeerAtOnceWhenOneDiesAndTakesItsSessionAlong() {
        FluxkeeperClient client = scene.connect();
        List<SessionState> states = new CopyOnWriteArrayList<>();
        client.sessionStates().subscribe(states::add);
        server.stop();
        TestServer.Received<OpenSession> again = other.expect(OpenSession.class);
        assertThat(again.request.session()).isEqualTo(Scene.SESSION);
        assertThat(client.sessionStates().blockFirst()).isInstanceOf(SessionState.Suspended.class);
        again.reply(opened(zxid(7), 0, 10));
        await().untilAsserted(() -> assertThat(states)
                .containsExactly(
                        new SessionState.Connected(),
                        new SessionState.Suspended(Scene.SESSION_TIMEOUT),
                        new SessionState.ReAttached()));
    }

    @Test
    void connectsToTheNextAddressWhenTheFirstRefusesTheConnection() {
        server.stop();
        CompletableFuture<FluxkeeperClient> connecting =
                scene.builder().connect().toFuture();
        other.expect(OpenSession.class).reply(opened(zxid(1), 0, 10));
        get(connecting);
    }

    @Test
    void aPeerThatIsBehindOrDoesNotServeIsLeftForTheNextAndAfterEachRoundItWaits() {
        scene.builder().connect().subscribe();
        server.expect(OpenSession.class).refuse(refused(ErrorCode.PEER_BEHIND, 3));
        TestServer.Received<OpenSession> second = other.expect(OpenSession.class);
        assertThat(second.request.atLeast()).isEqualTo(zxid(3));
        second.refuse(refused(ErrorCode.NOT_SERVING, 3));
        scene.timer.fire(Scene.RETRY_MIN);
        server.expect(OpenSession.class).refuse(refused(ErrorCode.NOT_SERVING, 3));
        other.expect(OpenSession.class).refuse(refused(ErrorCode.NOT_SERVING, 3));
        scene.timer.fire(Scene.RETRY_MIN.multipliedBy(2));
        server.expect(OpenSession.class);
    }

    @Test
    void aPeerThatDoesNotAnswerIsLeftAfterTheConnectTimeout() {
        scene.builder().connectTimeout(Duration.ofSeconds(1)).connect().subscribe();
        server.expect(OpenSession.class);
        scene.timer.fire(Duration.ofSeconds(1));
        other.expect(OpenSession.class);
    }

    @Test
    void saysThatThePeersDoNotAnswerWhenNoneDoes() {
        CompletableFuture<FluxkeeperClient> connecting = scene.builder()
                .connectTimeout(Duration.ofSeconds(1))
                .requestTimeout(Duration.ofMillis(1_500))
                .connect()
                .toFuture();
        server.expect(OpenSession.class);
        scene.timer.fire(Duration.ofSeconds(1));
        other.expect(OpenSession.class);
        scene.timer.fire(Duration.ofMillis(1_500));
        assertThatThrownBy(() -> get(connecting))
                .isInstanceOf(NotReachableException.class)
                .hasMessage("no peer of [" + server.address() + ", " + other.address()
                        + "] opened a session within 1500 ms; the last: " + server.address()
                        + " did not answer within 1000 ms");
    }

    @Test
    void givesUpConnectingAfterTheRequestTimeoutAndSaysWhatTheLastFailureWas() {
        server.stop();
        other.stop();
        CompletableFuture<FluxkeeperClient> connecting = scene.builder()
                .requestTimeout(Duration.ofSeconds(5))
                .connectTimeout(Duration.ofSeconds(20))
                .connect()
                .toFuture();
        await().until(() -> scene.timer.delays().contains(Scene.RETRY_MIN));
        scene.timer.fire(Duration.ofSeconds(5));
        assertThatThrownBy(() -> get(connecting))
                .isInstanceOf(NotReachableException.class)
                .hasMessage("no peer of [" + server.address() + ", " + other.address()
                        + "] opened a session within 5000 ms; the last: connection refused");
    }

    @Test
    void aRequestRefusedForGoodEndsTheConnecting() {
        CompletableFuture<FluxkeeperClient> connecting =
                scene.builder().connect().toFuture();
        server.expect(OpenSession.class).refuse(refused(ErrorCode.BAD_ARGUMENTS, 1));
        assertThatThrownBy(() -> get(connecting))
                .isInstanceOf(BadRequestException.class)
                .hasMessage("BAD_ARGUMENTS: says the script");
        other.expectNothing();
    }

    @Test
    void expiryFailsWhatWasSentTwiceAsUnknownAndWhatWasNotSentAsNotApplied() {
        FluxkeeperClient client = scene.connect(scene.builder(), 2);
        CompletableFuture<?> sent = call(client.set("/sent", null));
        server.expect(SetData.class);
        CompletableFuture<?> waits = call(client.set("/waits", null));
        CompletableFuture<?> read = call(client.get("/read"));
        server.expect(GetData.class);
        server.drop();
        other.expect(OpenSession.class).reply(opened(zxid(9), 0, 2));
        TestServer.Received<?> again = other.expect(SetData.class);
        other.expect(GetData.class);
        again.refuse(refused(ErrorCode.SESSION_EXPIRED, 10));

        assertThatThrownBy(() -> get(sent))
                .isInstanceOf(OutcomeUnknownException.class)
                .hasMessage("write 1 may or may not have been applied: the session ended first");
        assertThatThrownBy(() -> get(waits))
                .isInstanceOfSatisfying(
                        SessionExpiredException.class,
                        expired -> assertThat(expired.session()).isEqualTo(Scene.SESSION))
                .hasMessage("session s1:1 is over");
        assertThatThrownBy(() -> get(read)).isInstanceOf(SessionExpiredException.class);
        StepVerifier.create(client.sessionStates())
                .expectNext(new SessionState.Expired())
                .verifyComplete();
        assertThatThrownBy(() -> get(call(client.get("/later")))).isInstanceOf(SessionExpiredException.class);
        assertThatThrownBy(() -> get(call(client.set("/later", null)))).isInstanceOf(SessionExpiredException.class);
    }

    @Test
    void aWriteSentOnceAndAnsweredExpiredWasCertainlyNotApplied() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<?> write = call(client.set("/a", null));
        server.expect(SetData.class).refuse(refused(ErrorCode.SESSION_EXPIRED, 10));
        assertThatThrownBy(() -> get(write)).isInstanceOf(SessionExpiredException.class);
    }

    @Test
    void aReAttachAnsweredExpiredEndsTheClient() {
        FluxkeeperClient client = scene.connect();
        server.stop();
        other.expect(OpenSession.class).refuse(refused(ErrorCode.SESSION_EXPIRED, 10));
        StepVerifier.create(client.sessionStates().filter(SessionState::isLast))
                .expectNext(new SessionState.Expired())
                .verifyComplete();
    }

    @Test
    void aSuspendedSessionSaysHowLongItCertainlyLivesAndWhenThatIsOver() {
        FluxkeeperClient client = scene.connect();
        List<SessionState> states = new CopyOnWriteArrayList<>();
        client.sessionStates().subscribe(states::add);
        scene.timer.advance(Duration.ofSeconds(2));
        server.stop();
        other.expect(OpenSession.class);
        Duration left = Scene.SESSION_TIMEOUT.minusSeconds(2);
        await().untilAsserted(() ->
                assertThat(states).containsExactly(new SessionState.Connected(), new SessionState.Suspended(left)));

        scene.timer.advance(Duration.ofSeconds(1));
        assertThat(client.sessionStates().blockFirst())
                .as("whoever asks later hears what is left then")
                .isEqualTo(new SessionState.Suspended(left.minusSeconds(1)));
        scene.timer.fire(left);

        await().untilAsserted(() -> assertThat(states)
                .endsWith(new SessionState.Suspended(left), new SessionState.Suspended(Duration.ZERO)));
        assertThat(client.leaseLeft()).isZero();
    }

    @Test
    void aSessionAttachedAgainInTimeIsNotSaidToBeInJeopardyAgain() {
        FluxkeeperClient client = scene.connect();
        List<SessionState> states = new CopyOnWriteArrayList<>();
        client.sessionStates().subscribe(states::add);
        server.stop();
        other.expect(OpenSession.class).reply(opened(zxid(7), 0, 10));
        await().until(() -> states.size() == 3);

        assertThat(scene.timer.delays()).doesNotContain(Scene.SESSION_TIMEOUT);
        assertThat(states.get(2)).isEqualTo(new SessionState.ReAttached());
    }

    @Test
    void nothingIsPromisedOfASessionThatIsClosed() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<Void> closing = call(client.close());
        TestServer.Received<CloseSession> close = server.expect(CloseSession.class);
        assertThat(client.leaseLeft()).isZero();
        close.reply(new ServerReply.SessionClosed(zxid(2)));
        get(closing);
        assertThat(client.leaseLeft()).isZero();
    }

    @Test
    void aSubscriberThatThrowsAtARefusalDoesNotStopTheCallsBehindIt() {
        FluxkeeperClient client = scene.connect();
        client.set("/a", new byte[5 << 20]).subscribe(set -> {}, SessionTest::thrown);
        CompletableFuture<?> behindIt = call(client.get("/a"));
        server.expect(GetData.class).reply(Scene.data(2));
        get(behindIt);
    }

    @Test
    void aSubscriberThatThrowsAtItsTimeoutDoesNotStopTheOthers() {
        FluxkeeperClient client = scene.connect(scene.builder().requestTimeout(Duration.ofSeconds(2)), 10);
        client.exists("/a").subscribe(there -> {}, SessionTest::thrown);
        server.expect(Exists.class);
        CompletableFuture<?> second = call(client.exists("/b"));
        server.expect(Exists.class);
        scene.timer.advance(Duration.ofSeconds(2));
        scene.timer.advance(Duration.ofMillis(200));
        assertThatThrownBy(() -> get(second)).isInstanceOf(NotReachableException.class);
        CompletableFuture<?> third = call(client.exists("/c"));
        server.expect(Exists.class);
        scene.timer.advance(Duration.ofSeconds(2));
        scene.timer.advance(Duration.ofMillis(200));
        assertThatThrownBy(() -> get(third)).isInstanceOf(NotReachableException.class);
    }

    @Test
    void aSubscriberThatThrowsAtTheEndDoesNotStopTheEnd() {
        FluxkeeperClient client = scene.connect();
        client.exists("/a").subscribe(there -> {}, SessionTest::thrown);
        server.expect(Exists.class);
        CompletableFuture<?> second = call(client.exists("/b"));
        server.expect(Exists.class);
        CompletableFuture<Void> closing = call(client.close());
        server.expect(CloseSession.class).reply(new ServerReply.SessionClosed(zxid(2)));
        assertThatThrownBy(() -> get(second)).isInstanceOf(ClientClosedException.class);
        get(closing);
    }

    private static void thrown(Throwable ignored) {
        throw new IllegalStateException("a subscriber's own mistake");
    }

    /** The kernel takes connections for a process that is stopped. */
    @Test
    void withoutASessionAPeerThatSaysNothingIsLeftForTheNext() {
        CompletableFuture<FluxkeeperClient> connecting = scene.builder()
                .withoutSession()
                .connectTimeout(Duration.ofSeconds(1))
                .connect()
                .toFuture();
        server.expect(EnsembleStatus.class);
        scene.timer.fire(Duration.ofSeconds(1));
        other.expect(EnsembleStatus.class).reply(Scene.status(2, zxid(5)));
        get(connecting);
    }

    @Test
    void theLeaseRunsFromTheSendingOfTheLastConfirmedHeartbeat() {
        FluxkeeperClient client = scene.connect();
        assertThat(client.leaseLeft()).isEqualTo(Scene.SESSION_TIMEOUT);
        scene.timer.fire(Scene.HEARTBEAT);
        TestServer.Received<Heartbeat> beat = server.expect(Heartbeat.class);
        assertThat(beat.request.session()).isEqualTo(Scene.SESSION);
        assertThat(client.leaseLeft()).isEqualTo(Duration.ofSeconds(6));
        scene.timer.advance(Duration.ofSeconds(1));
        beat.reply(new ServerReply.HeartbeatCounted(zxid(1)));
        await().untilAsserted(() -> assertThat(client.leaseLeft()).isEqualTo(Duration.ofSeconds(8)));
        scene.timer.advance(Duration.ofMillis(1999));
        server.expectNothing();
        scene.timer.advance(Duration.ofMillis(1));
        server.expect(Heartbeat.class);
    }

    @Test
    void aPeerThatConfirmsNoHeartbeatIsLeftWhileThereIsStillTime() {
        FluxkeeperClient client = scene.connect();
        scene.timer.fire(Scene.HEARTBEAT);
        server.expect(Heartbeat.class);
        scene.timer.fire(Scene.HEARTBEAT);
        other.expect(OpenSession.class);
        assertThat(client.leaseLeft()).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void aSessionMovedByALateAttachIsAttachedAgain() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<?> write = call(client.set("/a", null));
        server.expect(SetData.class).refuse(refused(ErrorCode.SESSION_MOVED, 5));
        other.expect(OpenSession.class).reply(opened(zxid(9), 0, 10));
        TestServer.Received<SetData> again = other.expect(SetData.class);
        assertThat(again.request.stamp().cxid()).isEqualTo(1);
        again.reply(dataSet(10));
        get(write);
    }

    @Test
    void closeEndsTheSessionBehindTheWritesBeforeIt() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<?> write = call(client.set("/a", null));
        TestServer.Received<SetData> sent = server.expect(SetData.class);
        CompletableFuture<Void> closing = call(client.close());
        TestServer.Received<CloseSession> close = server.expect(CloseSession.class);
        assertThat(close.request.stamp().cxid()).isEqualTo(2);
        sent.reply(dataSet(2));
        get(write);
        assertThat(closing).isNotDone();
        close.reply(new ServerReply.SessionClosed(zxid(3)));
        get(closing);
        StepVerifier.create(client.sessionStates())
                .expectNext(new SessionState.Closed())
                .verifyComplete();
        assertThatThrownBy(() -> get(call(client.get("/a"))))
                .isInstanceOf(ClientClosedException.class)
                .hasMessage("the client is closed");
        get(call(client.close()));
    }

    @Test
    void closeDoesNotWaitForEverForAPeer() {
        FluxkeeperClient client = scene.connect(scene.builder().requestTimeout(Duration.ofSeconds(7)), 10);
        CompletableFuture<Void> closing = call(client.close());
        server.expect(CloseSession.class);
        scene.timer.fire(Duration.ofSeconds(7));
        get(closing);
    }

    @Test
    void cancellingTheConnectingLeavesNoSessionBehind() {
        reactor.core.Disposable connecting = scene.builder().connect().subscribe();
        server.expect(OpenSession.class);
        connecting.dispose();
        await().until(() -> scene.timer.delays().isEmpty());
        other.expectNothing();
    }

    @Test
    void aPeerThatSpeaksAnotherProtocolIsLeft() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<?> read = call(client.get("/a"));
        server.expect(GetData.class).replyBytes(new byte[] {1, 2, 3});
        other.expect(OpenSession.class).reply(opened(zxid(9), 0, 10));
        other.expect(GetData.class).reply(Scene.data(9));
        get(read);
    }

    @Test
    void asksEveryPeerForItsStatusAndSaysWhichDoesNotAnswer() {
        FluxkeeperClient client = scene.connect();
        other.stop();
        CompletableFuture<List<PeerStatus>> asked =
                call(client.statusOfAllPeers().collectList());
        server.expect(EnsembleStatus.class).reply(Scene.status(1, zxid(5)));
        List<PeerStatus> answers = new ArrayList<>(get(asked));
        assertThat(answers).extracting(PeerStatus::address).containsExactly(server.address(), other.address());
        assertThat(answers.get(0).status().zxid()).isEqualTo(zxid(5));
        assertThat(answers.get(1).status()).isNull();
        assertThat(answers.get(1).failure())
                .isInstanceOf(NotReachableException.class)
                .hasMessage(other.address() + ": connection refused");
    }

    @Test
    void saysOfAPeerThatItDidNotAnswerForItsStatusInTime() {
        FluxkeeperClient client = scene.connect(scene.builder().connectTimeout(Duration.ofSeconds(4)), 10);
        CompletableFuture<PeerStatus> asked = call(client.statusOfAllPeers().next());
        server.expect(EnsembleStatus.class);
        scene.timer.fire(Duration.ofSeconds(4));
        assertThat(get(asked).failure())
                .isInstanceOf(NotReachableException.class)
                .hasMessage(server.address() + " did not answer in time");
    }

    @Test
    void aSlowSubscriberOfStatesSkipsToTheLatest() {
        FluxkeeperClient client = scene.connect();
        StepVerifier.create(client.sessionStates(), 0)
                .thenRequest(1)
                .expectNext(new SessionState.Connected())
                .then(server::drop)
                .then(() -> other.expect(OpenSession.class).reply(opened(zxid(9), 0, 10)))
                .then(() -> await().until(() -> client.sessionStates().blockFirst() instanceof SessionState.ReAttached))
                .thenRequest(1)
                .expectNext(new SessionState.ReAttached())
                .thenCancel()
                .verify(Duration.ofSeconds(10));
    }
}
