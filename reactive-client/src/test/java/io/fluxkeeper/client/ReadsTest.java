package io.fluxkeeper.client;

import static io.fluxkeeper.client.Scene.call;
import static io.fluxkeeper.client.Scene.data;
import static io.fluxkeeper.client.Scene.dataSet;
import static io.fluxkeeper.client.Scene.get;
import static io.fluxkeeper.client.Scene.opened;
import static io.fluxkeeper.client.Scene.refused;
import static io.fluxkeeper.client.Scene.stat;
import static io.fluxkeeper.client.Scene.zxid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest.Children;
import io.fluxkeeper.core.protocol.ClientRequest.Create;
import io.fluxkeeper.core.protocol.ClientRequest.Delete;
import io.fluxkeeper.core.protocol.ClientRequest.EnsembleStatus;
import io.fluxkeeper.core.protocol.ClientRequest.Exists;
import io.fluxkeeper.core.protocol.ClientRequest.GetData;
import io.fluxkeeper.core.protocol.ClientRequest.Multi;
import io.fluxkeeper.core.protocol.ClientRequest.OpenSession;
import io.fluxkeeper.core.protocol.ClientRequest.SetData;
import io.fluxkeeper.core.protocol.ClientRequest.Sync;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.OperationResult;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.ZnodePath;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

/** How fresh reads are, where they are asked again, and every operation's way there and back. */
class ReadsTest {
    private final Scene scene = new Scene(2);
    private final TestServer server = scene.server;
    private final TestServer other = scene.servers.get(1);

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    void aReadCarriesTheLastWriteSentBeforeItAndTheHighestZxidSeen() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<?> write = call(client.set("/a", null));
        TestServer.Received<SetData> sent = server.expect(SetData.class);
        call(client.get("/a"));
        assertThat(server.expect(GetData.class).request.stamp()).isEqualTo(new ReadStamp(Scene.SESSION, 1, zxid(1)));
        sent.reply(dataSet(5));
        get(write);
        call(client.get("/a"));
        TestServer.Received<GetData> second = server.expect(GetData.class);
        assertThat(second.request.stamp()).isEqualTo(new ReadStamp(Scene.SESSION, 1, zxid(5)));
        second.reply(data(4)); // never goes back
        call(client.get("/a"));
        assertThat(server.expect(GetData.class).request.stamp().atLeast()).isEqualTo(zxid(5));
    }

    @Test
    void aRefusalRaisesWhatTheNextReadMustHaveSeen() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<?> refused = call(client.get("/none"));
        server.expect(GetData.class)
                .refuse(ServerReply.Refused.at(zxid(8), ErrorCode.NO_NODE, "/none", "/none does not exist"));
        assertThatThrownBy(() -> get(refused))
                .isInstanceOfSatisfying(NoNodeException.class, none -> {
                    assertThat(none.path()).isEqualTo("/none");
                    assertThat(none.code()).isEqualTo(ErrorCode.NO_NODE);
                })
                .hasMessage("NO_NODE: /none does not exist");
        call(client.get("/a"));
        assertThat(server.expect(GetData.class).request.stamp().atLeast()).isEqualTo(zxid(8));
    }

    @Test
    void aReadCutOffIsAskedAgainAtTheNextPeer() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<ServerReply.Data> read = call(client.get("/a"));
        server.expect(GetData.class);
        server.stop();
        other.expect(OpenSession.class).reply(opened(zxid(9), 0, 10));
        TestServer.Received<GetData> again = other.expect(GetData.class);
        assertThat(again.request.stamp().atLeast()).isEqualTo(zxid(9));
        again.reply(data(9));
        assertThat(get(read).zxid()).isEqualTo(zxid(9));
    }

    @Test
    void aPeerThatCannotServeTheReadIsLeftForTheNext() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<ServerReply.Data> read = call(client.get("/a"));
        server.expect(GetData.class).refuse(refused(ErrorCode.READ_TIMEOUT, 4));
        other.expect(OpenSession.class).reply(opened(zxid(9), 0, 10));
        other.expect(GetData.class).reply(data(9));
        get(read);
    }

    @Test
    void everyKindOfReadSaysHowFreshItMustBe() {
        FluxkeeperClient client = scene.connect();
        call(client.get("/a", Freshness.linearizable()));
        assertThat(server.expect(GetData.class).request.stamp())
                .isEqualTo(new ReadStamp(Scene.SESSION, 0, zxid(1), true));
        call(client.existence("/a", Freshness.atLeast(zxid(7))));
        assertThat(server.expect(Exists.class).request.stamp()).isEqualTo(new ReadStamp(Scene.SESSION, 0, zxid(7)));
        call(client.exists("/a", Freshness.linearizable()));
        assertThat(server.expect(Exists.class).request.stamp().linearizable()).isTrue();
        call(client.children("/a", Freshness.linearizable()));
        assertThat(server.expect(Children.class).request.stamp().linearizable()).isTrue();
        call(client.children("/a", "b", 5, Freshness.atLeast(Zxid.ZERO)));
        assertThat(server.expect(Children.class).request.stamp())
                .as("never behind what this client has seen")
                .isEqualTo(new ReadStamp(Scene.SESSION, 0, zxid(1)));
    }

    @Test
    void whatOneClientHasSeenAnotherOneCanAskFor() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<?> read = call(client.get("/a"));
        server.expect(GetData.class).reply(data(6));
        get(read);
        assertThat(client.lastSeen()).isEqualTo(zxid(6));
        FluxkeeperClient second = scene.connect();
        call(second.get("/a", Freshness.atLeast(client.lastSeen())));
        assertThat(server.expect(GetData.class).request.stamp().atLeast()).isEqualTo(zxid(6));
    }

    @Test
    void aZxidThatNoPeerReachesFailsTheReadAndNotTheConnection() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<?> read = call(client.get("/a", Freshness.atLeast(zxid(99))));
        server.expect(GetData.class).refuse(refused(ErrorCode.READ_TIMEOUT, 4));
        assertThatThrownBy(() -> get(read)).isInstanceOfSatisfying(NotFreshEnoughException.class, late -> {
            assertThat(late.zxid()).isEqualTo(zxid(4));
            assertThat(late.code()).isEqualTo(ErrorCode.READ_TIMEOUT);
        });
        call(client.get("/a"));
        assertThat(server.expect(GetData.class).connection).isEqualTo(1);
    }

    @Test
    void aPeerTooBusyIsAskedAgainLaterAndTheCallerHearsSoWhenTheTimeIsOver() {
        FluxkeeperClient client = scene.connect(scene.builder().requestTimeout(Duration.ofSeconds(2)), 10);
        CompletableFuture<ServerReply.Data> read = call(client.get("/a"));
        server.expect(GetData.class).refuse(refused(ErrorCode.TOO_BUSY, 4));
        scene.timer.fire(Scene.RETRY_MIN);
        server.expect(GetData.class).refuse(refused(ErrorCode.TOO_BUSY, 4));
        await().until(() -> scene.timer.delays().contains(Scene.RETRY_MIN.multipliedBy(2)));
        scene.timer.advance(Duration.ofMillis(30));
        server.expectNothing();
        scene.timer.advance(Duration.ofSeconds(2));
        scene.timer.advance(Duration.ofMillis(200));
        assertThatThrownBy(() -> get(read))
                .isInstanceOf(TooBusyException.class)
                .hasMessage("TOO_BUSY: says the script");
    }

    @Test
    void aReadThatNobodyAnswersInTimeWasNotReachable() {
        FluxkeeperClient client = scene.connect(scene.builder().requestTimeout(Duration.ofSeconds(2)), 10);
        CompletableFuture<ServerReply.Data> read = call(client.get("/a"));
        TestServer.Received<GetData> sent = server.expect(GetData.class);
        scene.timer.advance(Duration.ofSeconds(2));
        scene.timer.advance(Duration.ofMillis(200));
        assertThatThrownBy(() -> get(read))
                .isInstanceOf(NotReachableException.class)
                .hasMessage("no peer answered znode.get in time");
        sent.reply(data(2)); // nobody looks at it
        CompletableFuture<?> next = call(client.get("/b"));
        server.expect(GetData.class).reply(data(3));
        get(next);
    }

    @Test
    void cancellingAReadFreesItsPlaceAndItsAnswerIsPassedOver() {
        FluxkeeperClient client = scene.connect(scene.builder().pendingReadsMax(1), 10);
        Disposable read = client.get("/a").subscribe();
        TestServer.Received<GetData> sent = server.expect(GetData.class);
        assertThatThrownBy(() -> get(call(client.get("/b")))).isInstanceOf(TooBusyException.class);
        read.dispose();
        sent.reply(data(2));
        CompletableFuture<?> next = call(client.get("/c")
                .retryWhen(Retry.fixedDelay(1_000, Duration.ofMillis(5)).filter(TooBusyException.class::isInstance)));
        server.expect(GetData.class).reply(data(2));
        get(next);
    }

    /** The peer may hold a pin for it. */
    @Test
    void cancellingAListingEndsItAtThePeer() {
        FluxkeeperClient client = scene.connect();
        Disposable listing = client.childNames(ChildrenSpec.of("/a")).subscribe();
        TestServer.Received<Children> sent = server.expect(Children.class);
        listing.dispose();
        sent.awaitCancelled();
    }

    @Test
    void aValueWaitsForItsSubscribersDemand() {
        FluxkeeperClient client = scene.connect();
        StepVerifier.create(client.get("/a"), 0)
                .then(() -> server.expect(GetData.class).reply(data(7)))
                .then(() -> {
                    call(client.get("/b")); // once its stamp shows 7, the first has been answered
                    server.expect(GetData.class).reply(data(7));
                    StepVerifier.create(client.get("/c"))
                            .then(() -> server.expect(GetData.class).reply(data(7)))
                            .expectNextCount(1)
                            .verifyComplete();
                })
                .expectNoEvent(Duration.ZERO)
                .thenRequest(1)
                .expectNextMatches(answer -> answer.zxid().equals(zxid(7)))
                .expectComplete()
                .verify(Duration.ofSeconds(10));
    }

    @Test
    void existsIsEmptyWithoutTheZnodeAndItsStatOtherwise() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<?> absent = call(client.exists("/none"));
        server.expect(Exists.class).reply(new ServerReply.Existence(zxid(2), null));
        assertThat(get(absent)).isNull();
        CompletableFuture<?> present = call(client.exists("/a"));
        server.expect(Exists.class).reply(new ServerReply.Existence(zxid(2), stat(2)));
        assertThat(get(present)).isEqualTo(stat(2));
    }

    @Test
    void everyOtherOperationGoesThereAndComesBack() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<ServerReply.Created> created =
                call(client.create("/a-", new byte[] {1}, CreateMode.EPHEMERAL_SEQUENTIAL));
        TestServer.Received<Create> create = server.expect(Create.class);
        assertThat(create.request.data()).containsExactly(1);
        assertThat(create.request.mode()).isEqualTo(CreateMode.EPHEMERAL_SEQUENTIAL);
        create.reply(new ServerReply.Created(zxid(2), ZnodePath.of("/a-0000000000"), stat(2)));
        assertThat(get(created).path()).isEqualTo(ZnodePath.of("/a-0000000000"));

        CompletableFuture<ServerReply.ChildNames> names = call(client.children("/", "a", 2));
        TestServer.Received<Children> children = server.expect(Children.class);
        assertThat(children.request.after()).isEqualTo("a");
        assertThat(children.request.limit()).isEqualTo(2);
        children.reply(new ServerReply.ChildNames(zxid(2), List.of("b", "c"), true, stat(1)));
        assertThat(get(names).names()).containsExactly("b", "c");

        CompletableFuture<ServerReply.MultiDone> multi = call(client.multi()
                .check("/a", 1)
                .set("/a", null, -1)
                .delete("/b", 2)
                .create("/c", null, CreateMode.PERSISTENT)
                .commit());
        TestServer.Received<Multi> operations = server.expect(Multi.class);
        assertThat(operations.request.operations())
                .containsExactly(
                        new Operation.Check(ZnodePath.of("/a"), 1),
                        new Operation.SetData(ZnodePath.of("/a"), null, -1),
                        new Operation.Delete(ZnodePath.of("/b"), 2),
                        new Operation.Create("/c", null, CreateMode.PERSISTENT, null));
        operations.reply(new ServerReply.MultiDone(zxid(3), List.of(new OperationResult.Checked())));
        assertThat(get(multi).results()).containsExactly(new OperationResult.Checked());

        CompletableFuture<ServerReply.Deleted> deleted = call(client.delete("/a", 4));
        TestServer.Received<Delete> delete = server.expect(Delete.class);
        assertThat(delete.request.version()).isEqualTo(4);
        delete.reply(new ServerReply.Deleted(zxid(4)));
        get(deleted);

        CompletableFuture<ServerReply.Synced> synced = call(client.sync());
        server.expect(Sync.class).reply(new ServerReply.Synced(zxid(5)));
        get(synced);

        CompletableFuture<ServerReply.Status> status = call(client.status());
        server.expect(EnsembleStatus.class).reply(Scene.status(1, zxid(6)));
        assertThat(get(status).peer().value()).isEqualTo(1);
    }

    @Test
    void aMultiThatIsRefusedSaysWhichOperationItWas() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<?> multi =
                call(client.multi().delete("/a", -1).delete("/b", -1).commit());
        server.expect(Multi.class)
                .refuse(new ServerReply.Refused(
                        zxid(3), ErrorCode.NOT_EMPTY, "/b", "/b has children", 1, null, null, null));
        assertThatThrownBy(() -> get(multi))
                .isInstanceOfSatisfying(
                        NotEmptyException.class,
                        refused -> assertThat(refused.failedOperation()).isEqualTo(1));
    }

    @Test
    void whatIsWrongWithACallIsASignalAndNotSent() {
        FluxkeeperClient client = scene.connect();
        assertThatThrownBy(() -> get(call(client.get("a"))))
                .isInstanceOf(BadRequestException.class)
                .hasMessage("BAD_ARGUMENTS: a path starts with /: \"a\"");
        assertThatThrownBy(() -> get(call(client.multi().delete("", 0).commit())))
                .isInstanceOf(BadRequestException.class)
                .hasMessage("BAD_ARGUMENTS: a path is not empty; the root is /");
        assertThatThrownBy(() -> get(call(client.multi().commit())))
                .hasMessage("BAD_ARGUMENTS: a multi has 1..1000 operations, not 0");
        assertThatThrownBy(() -> get(call(client.watch("a").next()))).isInstanceOf(BadRequestException.class);
        server.expectNothing();
    }
}
