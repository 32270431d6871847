package io.fluxkeeper.client;

import static io.fluxkeeper.client.Scene.call;
import static io.fluxkeeper.client.Scene.get;
import static io.fluxkeeper.client.Scene.opened;
import static io.fluxkeeper.client.Scene.refused;
import static io.fluxkeeper.client.Scene.stat;
import static io.fluxkeeper.client.Scene.zxid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.protocol.ClientRequest.Children;
import io.fluxkeeper.core.protocol.ClientRequest.GetData;
import io.fluxkeeper.core.protocol.ClientRequest.OpenSession;
import io.fluxkeeper.core.protocol.ClientRequest.Unpin;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply.ChildNames;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

/** Children as a stream: page after page, at the subscriber's demand, wherever the client is. */
class ListingTest {
    private final Scene scene = new Scene(2);
    private final TestServer server = scene.server;
    private final TestServer other = scene.servers.get(1);

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    void namesComeInOrderOverAllPages() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<List<String>> listing =
                call(client.childNames(ChildrenSpec.of("/p").pageSize(2).as(Freshness.linearizable()))
                        .collectList());
        TestServer.Received<Children> first = server.expect(Children.class);
        assertThat(first.request.after()).isNull();
        assertThat(first.request.limit()).isEqualTo(2);
        assertThat(first.request.pin()).isNull();
        assertThat(first.request.stamp().linearizable()).isTrue();
        first.reply(page(true, null, "a", "b"));
        TestServer.Received<Children> second = server.expect(Children.class);
        assertThat(second.request.after()).isEqualTo("b");
        second.reply(page(false, null, "c"));
        assertThat(get(listing)).containsExactly("a", "b", "c");
    }

    @Test
    void aSubscriberThatTakesNothingHasNoMoreThanTwoPagesFetched() {
        FluxkeeperClient client = scene.connect();
        StepVerifier.create(client.childNames(ChildrenSpec.of("/p").pageSize(2)), 0)
                .then(() -> server.expect(Children.class).reply(page(true, null, "a", "b")))
                .then(() -> server.expect(Children.class).reply(page(true, null, "c", "d")))
                .thenRequest(1)
                .expectNext("a")
                .then(server::expectNothing)
                .thenRequest(1)
                .expectNext("b")
                .thenRequest(1)
                .expectNext("c")
                .then(() -> server.expect(Children.class).reply(page(false, null, "e")))
                .thenRequest(10)
                .expectNext("d", "e")
                .expectComplete()
                .verify(Duration.ofSeconds(10));
    }

    @Test
    void aListingGoesOnAtTheNextPeer() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<List<String>> listing =
                call(client.childNames(ChildrenSpec.of("/p").after("0")).collectList());
        TestServer.Received<Children> first = server.expect(Children.class);
        assertThat(first.request.after()).isEqualTo("0");
        first.reply(page(true, null, "a"));
        server.expect(Children.class);
        server.stop();
        other.expect(OpenSession.class).reply(opened(zxid(9), 0, 10));
        TestServer.Received<Children> again = other.expect(Children.class);
        assertThat(again.request.after()).isEqualTo("a");
        again.reply(page(false, null, "b"));
        assertThat(get(listing)).containsExactly("a", "b");
    }

    @Test
    void aPinnedListingCarriesItsPinAndSaysWhereToGoOnWhenItIsOver() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<List<String>> listing =
                call(client.childNames(ChildrenSpec.of("/p").asOfOneMoment()).collectList());
        TestServer.Received<Children> first = server.expect(Children.class);
        assertThat(first.request.pin()).isEqualTo(Children.NEW_PIN);
        first.reply(page(true, 77L, "a", "b"));
        TestServer.Received<Children> second = server.expect(Children.class);
        assertThat(second.request.pin()).isEqualTo(77);
        second.refuse(refused(ErrorCode.PIN_ENDED, 8));
        assertThatThrownBy(() -> get(listing))
                .isInstanceOfSatisfying(
                        ListingEndedException.class,
                        ended -> assertThat(ended.after()).isEqualTo("b"));
    }

    /** It says where to go on, so nothing that lies before may be missing. */
    @Test
    void theEndOfAPinnedListingComesBehindTheNamesBeforeIt() {
        FluxkeeperClient client = scene.connect();
        StepVerifier.create(client.childNames(ChildrenSpec.of("/p").pageSize(2).asOfOneMoment()), 1)
                .then(() -> server.expect(Children.class).reply(page(true, 77L, "a", "b")))
                .expectNext("a")
                .then(() -> server.expect(Children.class).reply(page(true, 77L, "c", "d")))
                .thenRequest(2)
                .expectNext("b", "c")
                .then(() -> {
                    server.expect(Children.class).refuse(refused(ErrorCode.PIN_ENDED, 8));
                    CompletableFuture<?> behindIt = call(client.get("/p"));
                    server.expect(GetData.class).reply(Scene.data(9));
                    get(behindIt);
                })
                .thenRequest(2)
                .expectNext("d")
                .expectErrorSatisfies(ended ->
                        assertThat(((ListingEndedException) ended).after()).isEqualTo("d"))
                .verify(Duration.ofSeconds(10));
    }

    @Test
    void aNameThatIsNoTextIsRefusedAndTheClientGoesOn() {
        FluxkeeperClient client = scene.connect();
        assertThatThrownBy(() -> get(call(client.children("/p", "\ud800", 10))))
                .isInstanceOf(BadRequestException.class)
                .hasMessageStartingWith("BAD_ARGUMENTS: a znode.children cannot be written: ");
        CompletableFuture<?> behindIt = call(client.children("/p"));
        server.expect(Children.class).reply(page(false, null, "a"));
        get(behindIt);
    }

    @Test
    void whoeverTakesNoMoreLetsThePinGo() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<List<String>> listing = call(
                client.childNames(ChildrenSpec.of("/p").asOfOneMoment()).take(1).collectList());
        server.expect(Children.class).reply(page(true, 77L, "a", "b"));
        assertThat(get(listing)).containsExactly("a");
        assertThat(server.expect(Unpin.class).request.pin()).isEqualTo(77);
    }

    private static ChildNames page(boolean more, @Nullable Long pin, String... names) {
        return new ChildNames(zxid(2), List.of(names), more, stat(1), pin);
    }
}
