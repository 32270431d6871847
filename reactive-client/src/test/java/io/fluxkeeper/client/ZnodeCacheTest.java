package io.fluxkeeper.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.znode.ZnodePath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

/** The copy of a subtree: what it holds, and what it tells of its changes. */
class ZnodeCacheTest {
    private final Sinks.Many<TreeEvent> events = Sinks.many().unicast().onBackpressureBuffer();
    private final ZnodeCache cache = new ZnodeCache(events.asFlux());

    @Test
    void holdsWhatItWasShownAndEveryChangeSince() {
        StepVerifier.create(cache.ready())
                .then(() -> {
                    reset(5);
                    present(5, "/a", "1");
                    present(5, "/a/b", "2");
                    assertThat(cache.zxid()).isEqualTo(Zxid.ZERO);
                    exact(6);
                })
                .expectNext(cache)
                .verifyComplete();
        assertThat(cache.zxid()).isEqualTo(zxid(6));
        changed(7, EventType.CREATED, "/a/c", "3");
        changed(8, EventType.DATA_CHANGED, "/a", "4");
        changed(9, EventType.DELETED, "/a/b", null);
        assertThat(contents()).isEqualTo(Map.of("/a", "4", "/a/c", "3"));
        assertThat(cache.zxid()).isEqualTo(zxid(9));
        assertThat(cache.get("/a").data()).isEqualTo(bytes("4"));
        assertThat(cache.get("/nowhere")).isNull();
    }

    @Test
    void showsATransactionOnlyOnceItHasAllOfIt() {
        reset(5);
        exact(5);
        events.tryEmitNext(new TreeEvent.Changed(
                        zxid(6),
                        new ChangePosition(zxid(6), 1),
                        EventType.CREATED,
                        ZnodePath.of("/a"),
                        Scene.stat(6),
                        null))
                .orThrow();
        assertThat(cache.zxid()).isEqualTo(zxid(5));
        changed(6, EventType.CREATED, "/b", "1");
        assertThat(cache.zxid()).isEqualTo(zxid(6));
    }

    @Test
    void sweepsWhatItIsNotShownAgain() {
        reset(5);
        for (String path : List.of("/", "/a", "/a/b", "/a/c", "/b", "/c")) {
            present(5, path, "old");
        }
        exact(5);
        List<String> told = new ArrayList<>();
        cache.changes().subscribe(change -> told.add(told(change)));

        reset(9);
        present(9, "/", "old");
        present(9, "/a/c", "new");
        assertThat(contents()).containsOnlyKeys("/", "/a/c", "/b", "/c"); // not shown yet, and so not known to be gone
        present(9, "/b", "old");
        exact(9);

        assertThat(contents()).isEqualTo(Map.of("/", "old", "/a/c", "new", "/b", "old"));
        assertThat(told).containsExactly("-/a", "-/a/b", "~/a/c", "-/c");
    }

    @Test
    void sweepsAnewWhenAStateBeginsAgainBeforeItWasExact() {
        reset(5);
        present(5, "/a", "old");
        present(5, "/b", "old");
        reset(9);
        present(9, "/b", "old");
        exact(9);
        assertThat(contents()).containsOnlyKeys("/b");
    }

    @Test
    void aSlowSubscriberIsToldTheSumOfWhatHappenedToEachZnode() {
        reset(1);
        present(1, "/a", "1");
        exact(1);
        StepVerifier.create(cache.changes().map(ZnodeCacheTest::told), 0)
                .then(() -> {
                    changed(2, EventType.CREATED, "/b", "1");
                    changed(3, EventType.CREATED, "/c", "1");
                    changed(4, EventType.DATA_CHANGED, "/b", "2");
                    changed(5, EventType.DELETED, "/c", null); // came and went
                    changed(6, EventType.DATA_CHANGED, "/a", "2");
                    changed(7, EventType.DELETED, "/a", null);
                })
                .thenRequest(1)
                .expectNext("+/b")
                .then(() -> changed(8, EventType.DELETED, "/b", null))
                .thenRequest(5)
                .expectNext("-/a", "-/b")
                .then(cache::close)
                .verifyComplete();
        StepVerifier.create(cache.changes()).verifyComplete();
    }

    @Test
    void whatEndedItStaysSaidAfterItIsClosed() {
        events.tryEmitError(new IllegalStateException("over"));
        cache.close();
        StepVerifier.create(cache.changes()).verifyErrorMessage("over");
    }

    @Test
    void aSubscriberThatThrowsIsLeftAndTheCacheGoesOn() {
        reset(5);
        exact(5);
        List<String> told = new ArrayList<>();
        cache.changes().subscribe(change -> told.add(told(change)));
        cache.changes().subscribe(new ThrowingSubscriber());
        cache.changes().subscribe(change -> told.add(told(change)));
        changed(6, EventType.CREATED, "/a", "1");
        changed(7, EventType.DELETED, "/a", null);
        assertThat(told).hasSize(4);
        assertThat(cache.zxid()).isEqualTo(zxid(7));
    }

    /** As a subscriber that is not one of Reactor's, which catch what their consumers throw. */
    private static final class ThrowingSubscriber implements Subscriber<ZnodeCache.Change> {
        @Override
        public void onSubscribe(Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ZnodeCache.Change change) {
            throw new IllegalStateException("a subscriber's own mistake");
        }

        @Override
        public void onError(Throwable failure) {
            throw new AssertionError(failure);
        }

        @Override
        public void onComplete() {
            throw new AssertionError("it has thrown");
        }
    }

    @Test
    void failsAsItsObservationDoes() {
        IllegalStateException over = new IllegalStateException("over");
        StepVerifier.create(cache.changes())
                .then(() -> events.tryEmitError(over))
                .verifyErrorMessage("over");
        StepVerifier.create(cache.ready()).verifyErrorMessage("over");
        StepVerifier.create(cache.changes()).verifyErrorMessage("over");
    }

    private Map<String, String> contents() {
        Map<String, String> contents = new TreeMap<>();
        cache.znodes()
                .forEach((path, znode) -> contents.put(path.value(), new String(znode.data(), StandardCharsets.UTF_8)));
        return contents;
    }

    private static String told(ZnodeCache.Change change) {
        return (change.before() == null ? "+" : change.after() == null ? "-" : "~") + change.path();
    }

    private void reset(long counter) {
        events.tryEmitNext(new TreeEvent.Reset(zxid(counter))).orThrow();
    }

    private void present(long counter, String path, String data) {
        long version = data.equals("new") ? counter : 1;
        events.tryEmitNext(new TreeEvent.Present(zxid(counter), ZnodePath.of(path), Scene.stat(version), bytes(data)))
                .orThrow();
    }

    private void exact(long counter) {
        events.tryEmitNext(new TreeEvent.Exact(zxid(counter))).orThrow();
    }

    private void changed(long counter, EventType type, String path, String data) {
        events.tryEmitNext(new TreeEvent.Changed(
                        zxid(counter),
                        ChangePosition.after(zxid(counter)),
                        type,
                        ZnodePath.of(path),
                        data == null ? null : Scene.stat(counter),
                        data == null ? null : bytes(data)))
                .orThrow();
    }

    private static Zxid zxid(long counter) {
        return Scene.zxid(counter);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
