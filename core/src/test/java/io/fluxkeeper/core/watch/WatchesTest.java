package io.fluxkeeper.core.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Watches: what each guarantees, and when. */
class WatchesTest {
    private final WatchScene scene = new WatchScene();

    @Test
    void nothingIsSentBeforeItIsAskedFor() {
        scene.watch(1, "/a", WatchScope.ZNODE, null);
        scene.happens("/a");
        scene.catchUp();
        assertThat(scene.items(1)).isEmpty();

        scene.demand(1, 1);
        assertThat(scene.items(1)).containsExactly(new WatchItem.Started(Zxid.ZERO));

        scene.demand(1, 1);
        assertThat(scene.paths(1)).containsExactly("/a");
    }

    @Test
    void aLiveSubscriptionGetsAChangeAtOnce() {
        scene.watch(1, "/a", WatchScope.ZNODE, null);
        scene.demand(1, 10);
        scene.happens("/a");
        assertThat(scene.paths(1)).containsExactly("/a");
    }

    @Test
    void aScopeSeesWhatItShouldAndNothingElseLiveAndLater() {
        for (boolean later : new boolean[] {false, true}) {
            WatchScene each = new WatchScene();
            each.watch(1, "/a", WatchScope.ZNODE, null);
            each.watch(2, "/a", WatchScope.CHILDREN, null);
            each.watch(3, "/a", WatchScope.SUBTREE, null);
            each.watch(4, "/", WatchScope.SUBTREE, null);
            each.watch(5, "/", WatchScope.CHILDREN, null);
            each.watch(6, "/", WatchScope.ZNODE, null);
            each.watches.subscribe(7, 7, subtree("/a", 1));
            each.watches.subscribe(7, 8, subtree("/", 0));
            each.watches.subscribe(7, 9, subtree("/", 2));
            if (later) {
                each.happens("/", "/a", "/a/b", "/a/b/c", "/ab", "/b");
            }
            for (long id = 1; id <= 9; id++) {
                each.demand(id, 100);
            }
            if (!later) {
                each.happens("/", "/a", "/a/b", "/a/b/c", "/ab", "/b");
            }
            assertThat(each.paths(1)).containsExactly("/a");
            assertThat(each.paths(2)).containsExactly("/a/b");
            assertThat(each.paths(3)).containsExactly("/a", "/a/b", "/a/b/c");
            assertThat(each.paths(4)).containsExactly("/", "/a", "/a/b", "/a/b/c", "/ab", "/b");
            assertThat(each.paths(5)).containsExactly("/a", "/ab", "/b");
            assertThat(each.paths(6)).containsExactly("/");
            assertThat(each.paths(7)).containsExactly("/a", "/a/b");
            assertThat(each.paths(8)).containsExactly("/");
            assertThat(each.paths(9)).containsExactly("/", "/a", "/a/b", "/ab", "/b");
        }
    }

    @Test
    void onlyTheTypesAskedForComeLiveAndLater() {
        Set<EventType> types = Set.of(EventType.CREATED, EventType.DELETED);
        scene.watches.subscribe(7, 1, watch("/", types, true, true));
        scene.watches.subscribe(7, 2, watch("/", types, true, true));
        scene.demand(1, 100);
        scene.creates("/a");
        scene.sets("/a", "1");
        scene.deletes("/a");
        scene.demand(2, 100);
        for (long id = 1; id <= 2; id++) {
            assertThat(scene.changed(id))
                    .extracting(WatchItem.Changed::type)
                    .containsExactly(EventType.CREATED, EventType.DELETED);
        }
    }

    @Test
    void dataAndStatComeToWhomAskedForThem() {
        scene.watches.subscribe(7, 1, watch("/", null, true, true));
        scene.watches.subscribe(7, 2, watch("/", null, false, false));
        scene.watches.subscribe(7, 3, watch("/", null, true, true));
        scene.watches.subscribe(7, 4, watch("/", null, false, false));
        scene.demand(1, 10);
        scene.demand(2, 10);
        scene.creates("/a");
        scene.demand(3, 10);
        scene.demand(4, 10);
        for (long id = 1; id <= 3; id += 2) {
            assertThat(scene.changed(id).get(0).data()).isEqualTo(WatchScene.bytes("created"));
            assertThat(scene.changed(id).get(0).stat().dataLength()).isEqualTo(7);
            assertThat(scene.changed(id + 1).get(0).data()).isNull();
            assertThat(scene.changed(id + 1).get(0).stat()).isNull();
        }
    }

    @Test
    void whatManyWantInTheSameFormIsOneObjectWhichIsThenEncodedOnce() {
        for (long id = 1; id <= 2; id++) {
            scene.watches.subscribe(7, id, watch("/", null, true, true));
            scene.watches.subscribe(7, id + 2, watch("/", null, false, false));
        }
        for (long id = 1; id <= 4; id++) {
            scene.demand(id, 10);
        }
        scene.happens("/a", "/b");
        for (int change = 0; change < 2; change++) {
            assertThat(scene.changed(2).get(change)).isSameAs(scene.changed(1).get(change));
            assertThat(scene.changed(4).get(change)).isSameAs(scene.changed(3).get(change));
            assertThat(scene.changed(3).get(change))
                    .isNotEqualTo(scene.changed(1).get(change));
        }
    }

    @Test
    void theLastEventOfATransactionSaysSo() {
        scene.watch(1, "/a", WatchScope.SUBTREE, null);
        scene.demand(1, 3);
        scene.happens("/a/1", "/b", "/a/2", "/c");
        scene.happens("/a/1", "/a/2");
        scene.demand(1, 100);
        assertThat(scene.changed(1)).extracting(WatchItem.Changed::last).containsExactly(false, true, false, true);
    }

    @Test
    void theEventsOfAMultiStayTogether() {
        scene.watch(1, "/", WatchScope.SUBTREE, null);
        scene.demand(1, 2);
        scene.happens("/1", "/2", "/3");
        scene.happens("/4");
        scene.happens("/5");
        for (int i = 0; i < 6; i++) {
            scene.demand(1, 1);
        }
        assertThat(scene.paths(1)).containsExactly("/1", "/2", "/3", "/4", "/5");
        assertThat(scene.changed(1))
                .extracting(WatchItem.Changed::last)
                .containsExactly(false, false, true, true, true);
    }

    @Test
    void aResumeAfterAPositionRepeatsNothingAndMissesNothing() {
        scene.happens("/1", "/2", "/3");
        scene.happens("/4");
        scene.watch(1, "/", WatchScope.SUBTREE, new ChangePosition(Zxid.of(1, 1), 2));
        scene.demand(1, 100);
        assertThat(scene.items(1).get(0)).isEqualTo(new WatchItem.Started(Zxid.of(1, 1)));
        assertThat(scene.paths(1)).containsExactly("/3", "/4");
    }

    @Test
    void nothingFromBeforeTheStartComes() {
        scene.happens("/1");
        scene.watches.subscribe(
                7,
                1,
                new ClientRequest.Watch(
                        ZnodePath.ROOT, WatchScope.SUBTREE, null, null, null, null, false, true, null, Zxid.of(1, 3)));
        scene.demand(1, 100);
        scene.happens("/2");
        scene.happens("/3");
        scene.happens("/4");
        assertThat(scene.paths(1)).containsExactly("/4");
    }

    @Test
    void aCongestedConnectionRestsAndGoesOn() {
        scene.watch(1, "/", WatchScope.SUBTREE, null);
        scene.demand(1, 100);
        scene.watches.congested(7, true);
        scene.happens("/1");
        scene.catchUp();
        assertThat(scene.paths(1)).isEmpty();
        scene.watches.congested(7, false);
        scene.catchUp();
        scene.happens("/2");
        assertThat(scene.paths(1)).containsExactly("/1", "/2");
    }

    @Test
    void aStreamThatBeginsOnACongestedConnectionRestsToo() {
        scene.watches.congested(7, true);
        scene.watch(1, "/", WatchScope.SUBTREE, null);
        scene.demand(1, 100);
        scene.happens("/1");
        scene.catchUp();
        assertThat(scene.items(1)).isEmpty();
        scene.watches.congested(7, false);
        scene.catchUp();
        assertThat(scene.paths(1)).containsExactly("/1");

        scene.watches.congested(7, true);
        scene.watches.connectionClosed(7); // and with it that is over
        scene.watch(2, "/", WatchScope.SUBTREE, null);
        scene.demand(2, 1);
        assertThat(scene.items(2)).hasSize(1);
    }

    @Test
    void aQuietSubscriptionGetsABookmarkThatCostsOneOfItsDemand() {
        scene.watch(1, "/quiet", WatchScope.ZNODE, null);
        scene.demand(1, 2);
        scene.happens("/other");
        scene.happens("/other");
        scene.ticks(2 * WatchScene.BOOKMARK_TICKS);
        assertThat(scene.items(1))
                .containsExactly(new WatchItem.Started(Zxid.ZERO), new WatchItem.Bookmark(Zxid.of(1, 2)));
        scene.happens("/other");
        scene.ticks(2 * WatchScene.BOOKMARK_TICKS);
        assertThat(scene.items(1)).hasSize(2);
    }

    @Test
    void moreSubscriptionsThanAllowedAreRefused() {
        for (long id = 1; id <= WatchScene.SUBSCRIPTIONS_MAX + 1; id++) {
            scene.watch(id, "/", WatchScope.ZNODE, null);
        }
        assertThat(scene.ended.get(101L).code()).isEqualTo(ErrorCode.LIMIT_REACHED);
        assertThat(scene.ended.get(101L).message())
                .isEqualTo("this peer has 100 watches, as many as it may; try another peer");
    }

    @Test
    void whatClosedOrWasCancelledGetsNothing() {
        scene.watch(1, "/", WatchScope.SUBTREE, null);
        scene.watch(2, "/", WatchScope.SUBTREE, null);
        scene.demand(1, 10);
        scene.demand(2, 10);
        scene.watches.cancel(1);
        scene.watches.connectionClosed(7);
        scene.happens("/1");
        scene.demand(1, 1);
        assertThat(scene.paths(1)).isEmpty();
        assertThat(scene.paths(2)).isEmpty();
        assertThat(scene.watches.size()).isZero();
    }

    @Test
    void aSubscriberThatTakesNothingThoughThereIsSomethingIsEndedWithItsPosition() {
        scene.watch(1, "/", WatchScope.SUBTREE, null);
        scene.watch(2, "/elsewhere", WatchScope.ZNODE, null);
        scene.watch(3, "/", WatchScope.SUBTREE, null);
        scene.demand(1, 2);
        scene.demand(2, 1);
        scene.happens("/1");
        scene.happens("/2", "/3");
        scene.ticks(WatchScene.STALL_TICKS);
        scene.demand(3, 2);
        scene.ticks(2 * WatchScene.BOOKMARK_TICKS);

        assertThat(scene.ended).containsOnlyKeys(1L); // the others took something, or had nothing to take
        assertThat(scene.ended.get(1L).code()).isEqualTo(ErrorCode.SUBSCRIBER_STALLED);
        assertThat(scene.ended.get(1L).resume()).isEqualTo(new ChangePosition(Zxid.of(1, 2), 0));
        assertThat(scene.watches.size()).isEqualTo(2);

        scene.watch(4, "/", WatchScope.SUBTREE, scene.ended.get(1L).resume());
        scene.demand(4, 10);
        assertThat(scene.paths(4)).containsExactly("/2", "/3");
    }

    @Test
    void aWriteCostsWith100000SubscriptionsElsewhereWhatItCostsWithThree() {
        assertThat(costOfAWrite(100_000)).isEqualTo(costOfAWrite(3));
    }

    /** Look-ups of a path, and subscriptions met. */
    private static List<Long> costOfAWrite(int subscriptions) {
        WatchScene crowded = new WatchScene(new Watches.Bounds(subscriptions, 20, 0), 10_000, 1 << 24);
        for (long id = 1; id <= subscriptions; id++) {
            ZnodePath path = ZnodePath.of("/elsewhere/" + id);
            crowded.watches.subscribe(
                    id,
                    id,
                    id % 3 == 0
                            ? subtree("/", 1) // above the write, but not so far down
                            : watchOf(path, id % 3 == 1 ? WatchScope.ZNODE : WatchScope.CHILDREN));
            crowded.watches.demand(id, 10);
        }
        crowded.catchUp();
        long lookUps = crowded.watches.lookUps();
        long visits = crowded.watches.visits();
        crowded.happens("/a/b/c");
        return List.of(crowded.watches.lookUps() - lookUps, crowded.watches.visits() - visits);
    }

    @Test
    void aWriteMeetsOnlyTheSubscriptionsItConcerns() {
        WatchScene crowded = new WatchScene(new Watches.Bounds(20_000, 20, 0), 10_000, 1 << 24);
        for (long id = 1; id <= 10_000; id++) {
            crowded.watch(id, "/elsewhere/" + id, WatchScope.SUBTREE, null);
            crowded.demand(id, 10);
            crowded.watch(10_000 + id, "/a", WatchScope.SUBTREE, null); // stalled: these are cursors
            crowded.demand(10_000 + id, 1);
        }
        crowded.happens("/a/first");
        long before = crowded.watches.visits();
        crowded.emits = 0;
        crowded.happens("/a/b");
        assertThat(crowded.watches.visits() - before).isZero();
        crowded.demand(10_001, 100);
        crowded.happens("/a/c");
        assertThat(crowded.watches.visits() - before).isOne();
        assertThat(crowded.paths(10_001)).containsExactly("/a/first", "/a/b", "/a/c");
    }

    @Test
    void whateverTheDemandEverySubscriberGetsTheSameEvents() {
        for (long seed = 1; seed <= 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            // the blocks of a log of so few bytes are small, and most of them are in the store alone
            WatchScene each = new WatchScene(WatchScene.BOUNDS, 10_000, random.nextBoolean() ? 1 << 24 : 16 << 10);
            for (long id = 1; id <= 5; id++) {
                each.watch(id, "/a", WatchScope.SUBTREE, null);
            }
            each.demand(1, Long.MAX_VALUE);
            for (int i = 0; i < 60; i++) {
                String[] changed = new String[1 + random.nextInt(4)];
                for (int c = 0; c < changed.length; c++) {
                    changed[c] = random.nextInt(3) == 0 ? "/b" : "/a/" + random.nextInt(5);
                }
                each.happens(changed);
                each.watches.demand(2 + random.nextInt(4), random.nextInt(5));
                each.watches.congested(7, random.nextInt(9) == 0);
                each.watches.catchUp(1 + random.nextInt(6));
                if (random.nextInt(3) == 0) {
                    each.storeHasAll();
                }
                if (random.nextBoolean()) {
                    each.answerRead();
                }
            }
            each.watches.congested(7, false);
            for (long id = 2; id <= 5; id++) {
                each.demand(id, 1_000);
            }
            for (long id = 1; id <= 5; id++) {
                assertThat(each.changed(id))
                        .as("seed %s subscription %s", seed, id)
                        .isEqualTo(each.changed(1));
            }
            assertThat(each.changed(1)).isNotEmpty();
        }
    }

    private static ClientRequest.Watch subtree(String path, int depth) {
        return new ClientRequest.Watch(
                ZnodePath.of(path), WatchScope.SUBTREE, depth, null, null, null, false, true, null, null);
    }

    private static ClientRequest.Watch watchOf(ZnodePath path, WatchScope scope) {
        return new ClientRequest.Watch(path, scope, null, null, null, null, false, true, null, null);
    }

    private static ClientRequest.Watch watch(String path, Set<EventType> types, boolean data, boolean stat) {
        return new ClientRequest.Watch(
                ZnodePath.of(path), WatchScope.SUBTREE, null, types, null, null, data, stat, null, null);
    }
}
