package io.fluxkeeper.client;

import static io.fluxkeeper.client.Scene.call;
import static io.fluxkeeper.client.Scene.data;
import static io.fluxkeeper.client.Scene.get;
import static io.fluxkeeper.client.Scene.opened;
import static io.fluxkeeper.client.Scene.refused;
import static io.fluxkeeper.client.Scene.zxid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.ClientRequest.CloseSession;
import io.fluxkeeper.core.protocol.ClientRequest.GetData;
import io.fluxkeeper.core.protocol.ClientRequest.OpenSession;
import io.fluxkeeper.core.protocol.ClientRequest.Watch;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.znode.ZnodePath;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

/** Watches: by position across connections, at their subscriber's demand. */
class WatchTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Scene scene = new Scene(2);
    private final TestServer server = scene.server;
    private final TestServer other = scene.servers.get(1);

    @AfterEach
    void close() {
        scene.close();
    }

    private static WatchItem.Changed changed(long counter, int ordinal, boolean last) {
        return new WatchItem.Changed(
                zxid(counter), ordinal, last, EventType.DATA_CHANGED, ZnodePath.of("/a"), Scene.stat(counter), null);
    }

    private static WatchItem.Changed changed(long counter) {
        return changed(counter, 0, true);
    }

    @Test
    void asksForWhatTheSpecSaysAndHidesAllButTheChanges() {
        FluxkeeperClient client = scene.connect();
        WatchSpec spec = WatchSpec.subtree("/a").after(zxid(1)).includingData();
        StepVerifier.create(client.watch(spec))
                .then(() -> {
                    TestServer.Received<Watch> watch = server.expect(Watch.class);
                    assertThat(watch.request)
                            .isEqualTo(new Watch(
                                    ZnodePath.of("/a"),
                                    WatchScope.SUBTREE,
                                    ChangePosition.after(zxid(1)),
                                    true,
                                    Scene.SESSION,
                                    zxid(1)));
                    watch.send(new WatchItem.Started(zxid(1)));
                    watch.send(changed(2, 0, false));
                    watch.send(new WatchItem.Bookmark(zxid(5)));
                    watch.send(changed(6));
                })
                .expectNext(new WatchEvent(
                        zxid(2),
                        new ChangePosition(zxid(2), 1),
                        EventType.DATA_CHANGED,
                        ZnodePath.of("/a"),
                        Scene.stat(2),
                        null))
                .assertNext(event -> assertThat(event.position()).isEqualTo(ChangePosition.after(zxid(6))))
                .thenCancel()
                .verify(PATIENCE);
    }

    @Test
    void resumesInTheMiddleOfATransactionAtAnotherPeerWithoutGapOrDuplicate() {
        FluxkeeperClient client = scene.connect();
        StepVerifier.create(client.watch("/a")
                        .map(event ->
                                event.zxid().counter() + "/" + event.position().ordinal()))
                .then(() -> {
                    TestServer.Received<Watch> watch = server.expect(Watch.class);
                    assertThat(watch.request.from()).isNull();
                    watch.send(new WatchItem.Started(zxid(1)));
                    watch.send(changed(2, 0, false));
                    watch.send(changed(2, 3, false));
                })
                .expectNext("2/1", "2/4")
                .then(server::stop)
                .then(() -> {
                    other.expect(OpenSession.class).reply(opened(zxid(9), 0, 10));
                    TestServer.Received<Watch> watch = other.expect(Watch.class);
                    assertThat(watch.request.from()).isEqualTo(new ChangePosition(zxid(2), 4));
                    watch.send(new WatchItem.Started(zxid(2)));
                    watch.send(changed(2, 3, false)); // a peer that repeats itself
                    watch.send(changed(2, 7, true));
                    watch.send(changed(3));
                })
                .expectNext("2/" + ChangePosition.ALL, "3/" + ChangePosition.ALL)
                .thenCancel()
                .verify(PATIENCE);
    }

    @Test
    void resumesFromTheStartWhenNothingHasHappenedAndFromTheLastBookmarkInQuietTimes() {
        FluxkeeperClient client = scene.connect();
        client.watch("/a").subscribe();
        server.expect(Watch.class).send(new WatchItem.Started(zxid(4)));
        seen(client, 4);
        server.drop();
        other.expect(OpenSession.class).reply(opened(zxid(5), 0, 10));
        TestServer.Received<Watch> second = other.expect(Watch.class);
        assertThat(second.request.from()).isEqualTo(ChangePosition.after(zxid(4)));
        second.send(new WatchItem.Started(zxid(4)));
        second.send(new WatchItem.Bookmark(zxid(8)));
        await().until(() -> {
            CompletableFuture<?> read = call(client.get("/a"));
            TestServer.Received<GetData> asked = other.expect(GetData.class);
            asked.reply(data(1));
            get(read);
            return asked.request.stamp().atLeast().equals(zxid(8));
        });
        other.drop();
        server.expect(OpenSession.class).reply(opened(zxid(9), 0, 10));
        assertThat(server.expect(Watch.class).request.from()).isEqualTo(ChangePosition.after(zxid(8)));
    }

    /** Waits until the client has seen that zxid. */
    private void seen(FluxkeeperClient client, long counter) {
        await().until(() -> {
            CompletableFuture<?> read = call(client.get("/a"));
            TestServer.Received<GetData> asked = server.expect(GetData.class);
            asked.reply(data(1));
            get(read);
            return asked.request.stamp().atLeast().equals(zxid(counter));
        });
    }

    @Test
    void theSubscribersDemandYieldsAsManyEventsHoweverManyItemsAreHidden() {
        FluxkeeperClient client = scene.connect();
        List<WatchEvent> events = new CopyOnWriteArrayList<>();
        StepVerifier.create(client.watch("/a").doOnNext(events::add), 0)
                .then(() -> {
                    TestServer.Received<Watch> watch = server.expect(Watch.class);
                    watch.awaitDemand(2); // for the first item and a bookmark, though nobody has asked
                    watch.send(new WatchItem.Started(zxid(1)));
                    watch.awaitDemand(3); // what is hidden is asked for again
                    for (int i = 2; i <= 9; i++) {
                        watch.send(new WatchItem.Bookmark(zxid(i)));
                    }
                    watch.awaitDemand(11);
                    watch.send(changed(10));
                    watch.send(changed(11)); // these two are all that is kept without demand
                    seen(client, 11);
                    watch.awaitDemand(11);
                    assertThat(events).isEmpty();
                })
                .thenRequest(1)
                .expectNextMatches(event -> event.zxid().equals(zxid(10)))
                .then(() -> assertThat(events).hasSize(1))
                .thenRequest(3)
                .expectNextMatches(event -> event.zxid().equals(zxid(11)))
                .thenCancel()
                .verify(PATIENCE);
    }

    @Test
    void boundlessDemandIsPassedOnInPortions() {
        FluxkeeperClient client = scene.connect();
        List<WatchEvent> events = new CopyOnWriteArrayList<>();
        client.watch("/a").subscribe(events::add);
        TestServer.Received<Watch> watch = server.expect(Watch.class);
        watch.awaitDemand(258);
        for (int i = 0; i < 1000; i++) {
            watch.send(changed(10 + i));
        }
        await().untilAsserted(() -> assertThat(events).hasSize(1000));
        assertThat(watch.demand()).isBetween(1000L, 1258L);
    }

    @Test
    void aPositionTooOldForOnePeerIsAskedOfTheNextAndLostWhenNoneHasIt() {
        FluxkeeperClient client = scene.connect();
        StepVerifier.create(client.watch(WatchSpec.znode("/a").after(zxid(1))))
                .then(() -> server.expect(Watch.class).refuse(tooOld(50)))
                .then(() -> {
                    other.expect(OpenSession.class).reply(opened(zxid(90), 0, 10));
                    other.expect(Watch.class).refuse(tooOld(40));
                })
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOfSatisfying(
                                WatchPositionLostException.class,
                                lost -> assertThat(lost.oldest()).isEqualTo(zxid(40)))
                        .hasMessage("too old"))
                .verify(PATIENCE);
    }

    private static ServerReply.Refused tooOld(long oldest) {
        return new ServerReply.Refused(
                zxid(90), ErrorCode.POSITION_TOO_OLD, "/a", "too old", null, null, null, zxid(oldest));
    }

    @Test
    void aWatchRefusedForNowIsTriedAgainAndOneRefusedForGoodFails() {
        FluxkeeperClient client = scene.connect();
        StepVerifier.create(client.watch("/a"))
                .then(() -> server.expect(Watch.class).refuse(refused(ErrorCode.LIMIT_REACHED, 1)))
                .then(() -> scene.timer.fire(Scene.RETRY_MIN))
                .then(() -> server.expect(Watch.class).refuse(refused(ErrorCode.NO_AUTH, 1)))
                .expectErrorSatisfies(error ->
                        assertThat(error).isInstanceOf(RefusedException.class).hasMessage("NO_AUTH: says the script"))
                .verify(PATIENCE);
    }

    @Test
    void cancellingEndsTheStreamAtThePeer() {
        FluxkeeperClient client = scene.connect();
        client.watch("/a").subscribe().dispose();
        client.watch("/b").subscribe(event -> {}).dispose();
        reactor.core.Disposable watching = client.watch("/c").subscribe();
        TestServer.Received<Watch> watch = server.expect(Watch.class);
        while (!watch.request.path().equals(ZnodePath.of("/c"))) {
            watch.awaitCancelled();
            watch = server.expect(Watch.class);
        }
        watching.dispose();
        watch.awaitCancelled();
        server.drop();
        other.expect(OpenSession.class).reply(opened(zxid(9), 0, 10));
        CompletableFuture<?> read = call(client.get("/a"));
        other.expect(GetData.class).reply(data(9)); // no watch came before it
        get(read);
    }

    @Test
    void completesWhenTheClientIsClosedAndFailsWhenTheSessionExpires() {
        FluxkeeperClient client = scene.connect();
        StepVerifier.create(client.watch("/a"))
                .then(() -> server.expect(Watch.class))
                .then(() -> {
                    client.close().subscribe();
                    server.expect(CloseSession.class).reply(new ServerReply.SessionClosed(zxid(2)));
                })
                .expectComplete()
                .verify(PATIENCE);
        assertThatThrownBy(() -> get(call(client.watch("/a").next()))).isInstanceOf(ClientClosedException.class);

        FluxkeeperClient second = scene.connect();
        StepVerifier.create(second.watch("/a"))
                .then(() -> server.expect(Watch.class))
                .then(server::stop)
                .then(() -> other.expect(OpenSession.class).refuse(refused(ErrorCode.SESSION_EXPIRED, 9)))
                .expectError(SessionExpiredException.class)
                .verify(PATIENCE);
    }
}
