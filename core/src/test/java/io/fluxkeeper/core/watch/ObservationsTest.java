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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** State and then changes, for who observes and for a watch whose changes are gone. */
class ObservationsTest {
    private final WatchScene scene = new WatchScene();

    @Test
    void theStateComesInTheOrderOfPathsAndThenChanges() {
        scene.creates("/a", "/a/c", "/a/b", "/a/b/x", "/ab", "/b");
        scene.observe(1, "/a");
        scene.demand(1, 100);
        Zxid later = scene.creates("/a/d");

        assertThat(story(1)).containsExactly("reset", "/a", "/a/b", "/a/b/x", "/a/c", "exact", "CREATED /a/d");
        assertThat(scene.items(1)).last().extracting(WatchItem::zxid).isEqualTo(later);
        assertThat(scene.items(1).get(1)).isInstanceOfSatisfying(WatchItem.Present.class, present -> {
            assertThat(present.data()).isEqualTo(WatchScene.bytes("created"));
            assertThat(present.stat().numChildren()).isEqualTo(2);
            assertThat(present.zxid()).isEqualTo(Zxid.of(1, 1));
        });
    }

    @Test
    void aZnodeThatIsNotThereIsShownExactlyToo() {
        scene.observe(1, "/a");
        scene.demand(1, 100);
        scene.creates("/a");
        assertThat(story(1)).containsExactly("reset", "exact", "CREATED /a");
    }

    @Test
    void theDepthBoundsStateAndChanges() {
        scene.creates("/a", "/a/b", "/a/b/c");
        scene.watches.subscribe(7, 1, new ClientRequest.Observe(ZnodePath.of("/a"), 1, null, null, false, null, null));
        scene.demand(1, 100);
        scene.sets("/a/b/c", "1");
        scene.sets("/a/b", "1");
        assertThat(story(1)).containsExactly("reset", "/a", "/a/b", "exact", "DATA_CHANGED /a/b");
    }

    @Test
    void changesOfWhatWasShownComeBeforeTheNextZnodeIsRead() {
        scene.creates("/a", "/b", "/c", "/d");
        scene.observe(1, "/");
        scene.demand(1, 3); // reset, the root, /a
        scene.sets("/a", "1");
        scene.sets("/c", "1"); // not shown yet, and shown as it is then
        scene.deletes("/b"); // never shown
        scene.demand(1, 2);
        scene.deletes("/c");
        scene.creates("/bb"); // behind
        scene.demand(1, 100);

        assertThat(story(1))
                .containsExactly(
                        "reset",
                        "/",
                        "/a",
                        "DATA_CHANGED /a",
                        "/c",
                        "DELETED /c",
                        "CREATED /bb",
                        "/d",
                        "/zookeeper",
                        "/zookeeper/config",
                        "/zookeeper/quota",
                        "exact");
    }

    @Test
    void anObservationThatWasBrokenOffGoesOnWhereItWasAtAnyPeer() {
        scene.creates("/a", "/a/1", "/a/2", "/a/3");
        scene.observe(1, "/a");
        scene.demand(1, 3); // reset, /a, /a/1
        scene.watches.cancel(1);
        scene.sets("/a/1", "x");
        scene.deletes("/a/2");
        scene.watches.subscribe(8, 2, restBehindA1(null));
        scene.demand(2, 100);
        assertThat(story(2)).containsExactly("started", "DATA_CHANGED /a/1", "/a/3", "exact");
    }

    /** Goes on with an observation that was broken off behind /a/1. @param atLeast what its client has seen */
    private static ClientRequest.Observe restBehindA1(@Nullable Zxid atLeast) {
        return new ClientRequest.Observe(
                ZnodePath.of("/a"),
                null,
                ChangePosition.after(Zxid.of(1, 1)),
                ZnodePath.of("/a/1"),
                true,
                null,
                atLeast);
    }

    @Test
    void nothingIsShownFromAStateOlderThanWhatTheClientHasSeen() {
        scene.creates("/a");
        scene.watches.subscribe(
                7, 1, new ClientRequest.Observe(ZnodePath.of("/a"), null, null, null, true, null, Zxid.of(1, 3)));
        scene.demand(1, 100);
        scene.sets("/a", "2");
        scene.catchUp();
        assertThat(scene.items(1)).isEmpty();

        scene.sets("/a", "3");
        scene.catchUp();
        assertThat(story(1)).containsExactly("reset", "/a", "exact");
        assertThat(scene.items(1).get(0).zxid()).isEqualTo(Zxid.of(1, 3));
    }

    @Test
    void theRestOfAStateIsNotShownFromOneOlderThanWhatTheClientHasSeenEither() {
        scene.creates("/a", "/a/1", "/a/2");
        scene.watches.subscribe(7, 1, restBehindA1(Zxid.of(1, 3)));
        scene.demand(1, 100);
        scene.sets("/a/1", "2");
        scene.catchUp();
        assertThat(story(1)).doesNotContain("/a/2", "exact");

        scene.deletes("/a/2"); // which the client has seen
        scene.catchUp();
        assertThat(story(1)).containsExactly("started", "DATA_CHANGED /a/1", "exact");
    }

    @Test
    void aPositionBeforeTheLogIsAnsweredWithTheStateAndThenChanges() {
        WatchScene small = new WatchScene(WatchScene.BOUNDS, 16, 1 << 24); // a block for each change
        small.creates("/a", "/a/b", "/a/b/c");
        for (int i = 0; i < 30; i++) {
            small.sets("/a", "" + i);
        }
        small.watch(1, "/a", WatchScope.SUBTREE, ChangePosition.after(Zxid.ZERO));
        small.watch(2, "/a", WatchScope.CHILDREN, ChangePosition.after(Zxid.ZERO));
        small.watch(3, "/a/b", WatchScope.ZNODE, ChangePosition.after(Zxid.of(1, 1)));
        for (long id = 1; id <= 3; id++) {
            small.demand(id, 100);
        }
        small.sets("/a/b", "new");

        assertThat(story(small, 1)).containsExactly("reset", "/a", "/a/b", "/a/b/c", "exact", "DATA_CHANGED /a/b");
        assertThat(story(small, 2)).containsExactly("reset", "/a/b", "exact", "DATA_CHANGED /a/b");
        assertThat(story(small, 3)).containsExactly("reset", "/a/b", "exact", "DATA_CHANGED /a/b");
        assertThat(small.items(1).get(0).zxid()).isEqualTo(Zxid.of(1, 31));
    }

    @Test
    void theOldestPositionThatTheLogReachesBackToIsAnsweredWithChangesAndTheOneBeforeIsNot() {
        WatchScene small = new WatchScene(WatchScene.BOUNDS, 16, 1 << 24);
        for (int i = 1; i <= 40; i++) {
            small.happens("/" + i);
        }
        assertThat(small.log.oldest()).isEqualTo(Zxid.of(1, 24));
        small.watch(1, "/", WatchScope.SUBTREE, ChangePosition.after(Zxid.of(1, 24)));
        small.watch(2, "/", WatchScope.SUBTREE, new ChangePosition(Zxid.of(1, 24), 0));
        small.demand(1, 3);
        small.demand(2, 1);
        assertThat(story(small, 1)).containsExactly("started", "DATA_CHANGED /25", "DATA_CHANGED /26");
        assertThat(story(small, 2)).containsExactly("reset");
    }

    @Test
    void aSubscriberThatTheLogLeftBehindIsToldTheStateWhenItAsksOn() {
        WatchScene small = new WatchScene(WatchScene.BOUNDS, 16, 1 << 24);
        small.creates("/a");
        small.watch(1, "/a", WatchScope.ZNODE, null);
        small.demand(1, 2);
        for (int i = 0; i < 50; i++) {
            small.sets("/a", "" + i);
        }
        small.demand(1, 100);
        assertThat(story(small, 1)).containsExactly("started", "DATA_CHANGED /a", "reset", "/a", "exact");
    }

    @Test
    void anObserverThatStallsIsEndedAndToldTheLastZnodeItWasShown() {
        scene.creates("/a", "/b");
        scene.observe(1, "/");
        scene.observe(2, "/");
        scene.demand(1, 3);
        scene.ticks(WatchScene.STALL_TICKS + WatchScene.BOOKMARK_TICKS);
        assertThat(scene.ended.get(1L).code()).isEqualTo(ErrorCode.SUBSCRIBER_STALLED);
        assertThat(scene.ended.get(1L).path()).isEqualTo("/a");
        assertThat(scene.ended.get(1L).resume()).isEqualTo(ChangePosition.after(Zxid.of(1, 1)));
        assertThat(scene.ended.get(2L).resume()).isNull(); // it never began
    }

    @Test
    void aReplacedStateIsGoneOnWithWhereItsLogReachesBack() {
        scene.creates("/a");
        scene.watch(1, "/", WatchScope.SUBTREE, null);
        scene.watch(2, "/", WatchScope.SUBTREE, ChangePosition.after(Zxid.ZERO));
        scene.demand(1, 100);
        scene.demand(2, 2); // started, /a
        WatchScene other = new WatchScene(WatchScene.BOUNDS, 16, 1 << 24);
        other.creates("/a");
        other.creates("/b");
        scene.watches.stateReplaced(other.log, other.tree, Zxid.of(1, 2));
        scene.demand(2, 100);
        scene.catchUp();
        assertThat(story(1)).containsExactly("started", "CREATED /b");
        assertThat(story(2)).containsExactly("started", "CREATED /a", "CREATED /b");

        WatchScene far = new WatchScene(WatchScene.BOUNDS, 16, 1 << 24);
        far.creates("/c");
        for (int i = 0; i < 50; i++) {
            far.sets("/c", "" + i);
        }
        scene.watches.stateReplaced(far.log, far.tree, Zxid.of(1, 51));
        scene.catchUp();
        assertThat(story(1))
                .startsWith("started", "CREATED /b", "reset", "/", "/c")
                .endsWith("exact");
    }

    @Test
    void whoeverAppliesWhatComesHasTheSubtreeAtEveryExactWhateverTheDemandAndTheBreaks() {
        int exacts = 0;
        for (long seed = 1; seed <= 150; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            WatchScene each = new WatchScene(WatchScene.BOUNDS, random.nextBoolean() ? 64 : 10_000, 1 << 24);
            Copy copy = new Copy();
            long id = 1;
            each.observe(id, "/");
            int seen = 0;
            for (int i = 0; i < 150; i++) {
                changeSomething(each, random);
                if (random.nextInt(20) == 0) {
                    each.watches.cancel(id++);
                    seen = 0;
                    each.watches.subscribe(7, id, copy.request());
                }
                each.watches.demand(id, random.nextInt(4));
                each.watches.catchUp(1 + random.nextInt(5));
                if (random.nextInt(3) == 0) {
                    each.storeHasAll();
                }
                if (random.nextBoolean()) {
                    each.answerRead();
                }
                List<WatchItem> items = each.items(id);
                for (; seen < items.size(); seen++) {
                    copy.take(items.get(seen));
                }
                if (copy.isExactAt(each)) {
                    exacts++;
                    assertThat(copy.znodes).as("seed %s step %s", seed, i).isEqualTo(subtree(each));
                }
            }
        }
        assertThat(exacts).isGreaterThan(1_000);
    }

    private static void changeSomething(WatchScene scene, SplittableRandom random) {
        String path = "/" + random.nextInt(4) + (random.nextBoolean() ? "" : "/" + random.nextInt(3));
        boolean there = scene.tree.get(path) != null;
        String parent = path.length() > 2 ? path.substring(0, 2) : "/";
        if (!there && scene.tree.get(parent) != null) {
            scene.creates(path);
        } else if (there && random.nextInt(3) == 0 && scene.tree.get(path).numChildren() == 0) {
            scene.deletes(path);
        } else if (there) {
            scene.sets(path, "" + random.nextInt());
        }
    }

    private static TreeMap<ZnodePath, String> subtree(WatchScene scene) {
        TreeMap<ZnodePath, String> there = new TreeMap<>();
        for (String path = "/"; path != null; path = scene.tree.next("/", path, Interest.ALL_LEVELS)) {
            there.put(ZnodePath.of(path), text(scene.tree.get(path).data()));
        }
        return there;
    }

    private static String text(byte[] data) {
        return new String(data, StandardCharsets.UTF_8);
    }

    /** What a client keeps. */
    private static final class Copy {
        final TreeMap<ZnodePath, String> znodes = new TreeMap<>();
        private ChangePosition position;
        private ZnodePath shown;
        private boolean showing = true;
        private Zxid last = Zxid.ZERO;

        ClientRequest.Observe request() {
            return new ClientRequest.Observe(ZnodePath.ROOT, null, position, shown, true, null, null);
        }

        void take(WatchItem item) {
            if (item instanceof WatchItem.Changed changed) {
                if (changed.type() == EventType.DELETED) {
                    znodes.remove(changed.path());
                } else {
                    znodes.put(changed.path(), text(changed.data()));
                }
            } else if (item instanceof WatchItem.Reset) {
                showing = true;
                znodes.clear();
                position = null;
                shown = null;
                return;
            } else if (item instanceof WatchItem.Present present) {
                znodes.put(present.path(), text(present.data()));
                shown = present.path();
            } else if (item instanceof WatchItem.Exact) {
                showing = false;
                shown = null;
            } else {
                return;
            }
            last = item.zxid();
            position = ChangePosition.after(last);
        }

        boolean isExactAt(WatchScene scene) {
            return !showing && last.equals(scene.last());
        }
    }

    private List<String> story(long id) {
        return story(scene, id);
    }

    private static List<String> story(WatchScene of, long id) {
        List<String> story = new ArrayList<>();
        for (WatchItem item : of.items(id)) {
            if (item instanceof WatchItem.Changed changed) {
                story.add(changed.type() + " " + changed.path());
            } else if (item instanceof WatchItem.Present present) {
                story.add(present.path().value());
            } else {
                story.add(item.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT));
            }
        }
        return story;
    }
}
