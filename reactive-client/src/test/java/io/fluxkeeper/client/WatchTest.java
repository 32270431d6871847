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
import io.fluxkeeper.core.protocol.ClientRequest.Observe;
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
                                    null,
                                    null,
                                    ChangePosition.after(zxid(1)),
                                    null,
                                    true,
                                    true,
                                    Scene.SESSION,
                                    zxid(1)));
                    watch.send(new WatchItem.Started(zxid(1)));
                    watch.send(changed(2, 0, false));
                    watch.send(new WatchItem.Bookmark(zxid(5)));
                    watch.send(changed(6));
                })
                .expectNext(new TreeEvent.Changed(
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
        seenAt(server, client, counter);
    }

    private static void seenAt(TestServer at, FluxkeeperClient client, long counter) {
        await().until(() -> {
            CompletableFuture<?> read = call(client.get("/a"));
            TestServer.Received<GetData> asked = at.expect(GetData.class);
            asked.reply(data(1));
            get(read);
            return asked.request.stamp().atLeast().equals(zxid(counter));
        });
    }

    @Test
    void theSubscribersDemandYieldsAsManyEventsHoweverManyItemsAreHidden() {
        FluxkeeperClient client = scene.connect();
        List<TreeEvent> events = new CopyOnWriteArrayList<>();
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
        List<TreeEvent> events = new CopyOnWriteArrayList<>();
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
    void aWatchWhoseChangesAreGoneTellsTheStateAndGoesOnWithItAtTheNextPeer() {
        FluxkeeperClient client = scene.connect();
        StepVerifier.create(client.watch(WatchSpec.subtree("/a").after(zxid(1))).map(WatchTest::told))
                .then(() -> {
                    TestServer.Received<Watch> watch = server.expect(Watch.class);
                    watch.send(new WatchItem.Reset(zxid(50)));
                    seen(client, 50);
                    server.drop();
                    other.expect(OpenSession.class).reply(opened(zxid(51), 0, 10));
                    TestServer.Received<Watch> second = other.expect(Watch.class);
                    // nothing was told yet: where it was before is as good
                    assertThat(second.request.from()).isEqualTo(ChangePosition.after(zxid(1)));
                    assertThat(second.request.shown()).isNull();
                    second.send(new WatchItem.Reset(zxid(51)));
                    second.send(new WatchItem.Present(zxid(51), ZnodePath.of("/a"), Scene.stat(3), null));
                    second.send(changed(52));
                    second.send(new WatchItem.Present(zxid(52), ZnodePath.of("/a/b"), Scene.stat(3), null));
                })
                .expectNext("Reset 51 null", "Present 51 null", "Changed 52 null", "Present 52 null")
                .then(() -> {
                    seenAt(other, client, 52); // it answers: there is no reason to wait before the next one is tried
                    other.drop();
                    server.expect(OpenSession.class).reply(opened(zxid(60), 0, 10));
                    TestServer.Received<Watch> third = server.expect(Watch.class);
                    assertThat(third.request.from()).isEqualTo(ChangePosition.after(zxid(52)));
                    assertThat(third.request.shown()).isEqualTo(ZnodePath.of("/a/b"));
                    third.send(new WatchItem.Started(zxid(52)));
                    third.send(new WatchItem.Exact(zxid(61)));
                    third.send(changed(62));
                })
                .expectNext("Exact 61 61", "Changed 62 62")
                .thenCancel()
                .verify(PATIENCE);
    }

    private static String told(TreeEvent event) {
        ChangePosition position = event.position();
        return event.getClass().getSimpleName() + " " + event.zxid().counter() + " "
                + (position == null ? null : position.zxid().counter());
    }

    @Test
    void anObservationAsksForTheStateAndGoesOnBehindItsEnd() {
        FluxkeeperClient client = scene.connect();
        StepVerifier.create(client.observe(ObserveSpec.subtree("/a").downTo(2).includingData())
                        .map(WatchTest::told))
                .then(() -> {
                    TestServer.Received<Observe> observe = server.expect(Observe.class);
                    assertThat(observe.request)
                            .isEqualTo(new Observe(ZnodePath.of("/a"), 2, null, null, true, Scene.SESSION, zxid(1)));
                    observe.send(new WatchItem.Reset(zxid(5)));
                    observe.send(new WatchItem.Exact(zxid(5)));
                    observe.send(changed(6));
                })
                .expectNext("Reset 5 null", "Exact 5 5", "Changed 6 6")
                .then(() -> {
                    server.drop();
                    other.expect(OpenSession.class).reply(opened(zxid(7), 0, 10));
                    TestServer.Received<Observe> second = other.expect(Observe.class);
                    assertThat(second.request.from()).isEqualTo(ChangePosition.after(zxid(6)));
                    assertThat(second.request.shown()).isNull();
                })
                .thenCancel()
                .verify(PATIENCE);
    }

    @Test
    void aSubscriberThatStalledIsToldThePositionBehindWhatItTook() {
        FluxkeeperClient client = scene.connect();
        StepVerifier.create(client.watch("/a"), 1)
                .then(() -> {
                    TestServer.Received<Watch> watch = server.expect(Watch.class);
                    watch.send(new WatchItem.Started(zxid(1)));
                    watch.send(changed(2));
                    watch.send(changed(3)); // came and was not taken
                    seen(client, 3);
                    watch.refuse(new ServerReply.Refused(
                            zxid(90),
                            ErrorCode.SUBSCRIBER_STALLED,
                            null,
                            "too slow",
                            null,
                            null,
                            null,
                            ChangePosition.after(zxid(3))));
                })
                .expectNextCount(1)
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOfSatisfying(
                                SubscriberStalledException.class,
                                stalled -> assertThat(stalled.position()).isEqualTo(ChangePosition.after(zxid(2))))
                        .hasMessage("too slow"))
                .verify(PATIENCE);
    }

    @Test
    void aSubscriberThatStalledAfterAQuietTimeGoesOnBehindThatTime() {
        FluxkeeperClient client = scene.connect();
        StepVerifier.create(client.watch("/a"), 0)
                .then(() -> {
                    TestServer.Received<Watch> watch = server.expect(Watch.class);
                    watch.send(new WatchItem.Started(zxid(1)));
                    watch.send(new WatchItem.Bookmark(zxid(40)));
                    watch.send(changed(41)); // came and was not taken
                    watch.send(new WatchItem.Bookmark(zxid(50)));
                    seen(client, 50);
                    watch.refuse(refused(ErrorCode.SUBSCRIBER_STALLED, 90));
                })
                .expectErrorSatisfies(error -> assertThat(((SubscriberStalledException) error).position())
                        .isEqualTo(ChangePosition.after(zxid(40))))
                .verify(PATIENCE);
    }

    @Test
    void aConflatedWatchTellsASlowSubscriberTheNewestOfEachPathAndSkipsNoPathOnResume() {
        FluxkeeperClient client = scene.connect();
        StepVerifier.create(client.watch(WatchSpec.subtree("/").conflate()).map(WatchTest::told), 0)
                .then(() -> {
                    TestServer.Received<Watch> watch = server.expect(Watch.class);
                    watch.awaitDemand(258); // whatever the subscriber asks for
                    watch.send(new WatchItem.Started(zxid(1)));
                    watch.send(changed(2));
                    watch.send(changedAt("/b", 3));
                    watch.send(changed(4));
                    watch.send(changed(5));
                    seen(client, 5);
                })
                .thenRequest(1)
                .expectNext("Changed 5 2") // resuming there, /b is told
                .thenRequest(10)
                .expectNext("Changed 3 5")
                .thenCancel()
                .verify(PATIENCE);
    }

    @Test
    void aConflatedWatchHasNoPositionBeforeTheStateIsTold() {
        FluxkeeperClient client = scene.connect();
        WatchSpec spec = WatchSpec.subtree("/").after(zxid(1)).conflate();
        StepVerifier.create(client.watch(spec).map(WatchTest::told), 0)
                .then(() -> {
                    TestServer.Received<Watch> watch = server.expect(Watch.class);
                    watch.send(new WatchItem.Reset(zxid(50)));
                    watch.send(new WatchItem.Present(zxid(50), ZnodePath.of("/a"), Scene.stat(3), null));
                    watch.send(new WatchItem.Present(zxid(50), ZnodePath.of("/b"), Scene.stat(3), null));
                    watch.send(new WatchItem.Exact(zxid(50)));
                    watch.send(changed(60)); // of /a: told in its place
                    seen(client, 60);
                })
                .thenRequest(2)
                .expectNext("Reset 50 null", "Changed 60 null") // resuming behind it, /b would never be told
                .thenRequest(10)
                .expectNext("Present 50 null", "Exact 50 50")
                .thenCancel()
                .verify(PATIENCE);
    }

    private static WatchItem.Changed changedAt(String path, long counter) {
        return new WatchItem.Changed(
                zxid(counter), 0, true, EventType.DATA_CHANGED, ZnodePath.of(path), Scene.stat(counter), null);
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
