package io.fluxkeeper.core.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.znode.Change;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WatchesTest {
    private static final int BOOKMARK_TICKS = 4;

    private final Map<Long, List<WatchItem>> got = new HashMap<>();
    private final Map<Long, Refused> ended = new HashMap<>();
    private Watches watches = watches(1_000, 1 << 20, 100);
    private long counter;

    private Watches watches(int changesMax, long bytesMax, int subscriptionsMax) {
        return new Watches(changesMax, bytesMax, subscriptionsMax, BOOKMARK_TICKS, Zxid.ZERO, new WatchOutput() {
            @Override
            public void emit(long subscription, List<WatchItem> items) {
                got.computeIfAbsent(subscription, s -> new ArrayList<>()).addAll(items);
            }

            @Override
            public void end(long subscription, Refused why) {
                ended.put(subscription, why);
            }
        });
    }

    @Test
    void nothingIsSentBeforeItIsAskedFor() {
        subscribe(1, "/a", WatchScope.ZNODE, null);
        happens("/a");
        catchUp();
        assertThat(got).isEmpty();

        watches.demand(1, 1);
        catchUp();
        assertThat(got.get(1L)).containsExactly(new WatchItem.Started(Zxid.ZERO));

        watches.demand(1, 1);
        catchUp();
        assertThat(paths(1)).containsExactly("/a");
    }

    @Test
    void aPositionInTheMiddleOfATransactionThatIsGoneIsTooOld() {
        happens("/a");
        watches.stateReplaced(Zxid.of(1, 7));

        subscribe(1, "/a", WatchScope.ZNODE, new ChangePosition(Zxid.of(1, 7), 1));
        subscribe(2, "/a", WatchScope.ZNODE, ChangePosition.after(Zxid.of(1, 7)));

        assertThat(ended.get(1L).code()).isEqualTo(ErrorCode.POSITION_TOO_OLD);
        assertThat(ended).doesNotContainKey(2L);
    }

    @Test
    void aLiveSubscriptionGetsAChangeAtOnce() {
        subscribe(1, "/a", WatchScope.ZNODE, null);
        watches.demand(1, 10);
        catchUp();
        happens("/a");
        assertThat(paths(1)).containsExactly("/a");
    }

    @Test
    void aScopeSeesWhatItShouldAndNothingElse() {
        subscribe(1, "/a", WatchScope.ZNODE, null);
        subscribe(2, "/a", WatchScope.CHILDREN, null);
        subscribe(3, "/a", WatchScope.SUBTREE, null);
        subscribe(4, "/", WatchScope.SUBTREE, null);
        for (long id = 1; id <= 4; id++) {
            watches.demand(id, 100);
        }
        catchUp();
        happens("/a", "/a/b", "/a/b/c", "/ab", "/b");
        assertThat(paths(1)).containsExactly("/a");
        assertThat(paths(2)).containsExactly("/a/b");
        assertThat(paths(3)).containsExactly("/a", "/a/b", "/a/b/c");
        assertThat(paths(4)).containsExactly("/a", "/a/b", "/a/b/c", "/ab", "/b");
    }

    @Test
    void theLastEventOfATransactionSaysSo() {
        subscribe(1, "/a", WatchScope.SUBTREE, null);
        watches.demand(1, 3);
        catchUp();
        happens("/a/1", "/b", "/a/2", "/c");
        watches.demand(1, 100);
        happens("/a/1", "/a/2");
        catchUp();
        assertThat(changed(1)).extracting(WatchItem.Changed::last).containsExactly(false, true, false, true);
    }

    @Test
    void aTransactionMayBeCutByDemandAndGoesOnWhereItWas() {
        subscribe(1, "/", WatchScope.SUBTREE, null);
        watches.demand(1, 2);
        catchUp();
        happens("/1", "/2", "/3");
        assertThat(changed(1)).extracting(WatchItem.Changed::last).containsExactly(false);
        watches.demand(1, 1);
        catchUp();
        watches.demand(1, 5);
        catchUp();
        assertThat(paths(1)).containsExactly("/1", "/2", "/3");
        assertThat(changed(1)).extracting(WatchItem.Changed::last).containsExactly(false, false, true);
    }

    @Test
    void aResumeAfterAPositionRepeatsNothingAndMissesNothing() {
        happens("/1", "/2", "/3");
        happens("/4");
        subscribe(1, "/", WatchScope.SUBTREE, new ChangePosition(Zxid.of(1, 1), 2));
        watches.demand(1, 100);
        catchUp();
        assertThat(got.get(1L).get(0)).isEqualTo(new WatchItem.Started(Zxid.of(1, 1)));
        assertThat(paths(1)).containsExactly("/3", "/4");
    }

    @Test
    void aClientThatHasSeenMoreThanThisPeerGetsNothingFromBefore() {
        happens("/1");
        ClientRequest.Watch request =
                new ClientRequest.Watch(ZnodePath.ROOT, WatchScope.SUBTREE, null, false, null, Zxid.of(1, 3));
        watches.subscribe(7, 1, request);
        watches.demand(1, 100);
        catchUp();
        happens("/2");
        happens("/3");
        happens("/4");
        assertThat(paths(1)).containsExactly("/4");
    }

    @Test
    void aPositionBeforeTheLogIsRefusedWithTheOldestThereIs() {
        watches = watches(2, 1 << 20, 100);
        happens("/1");
        happens("/2");
        happens("/3");
        subscribe(1, "/", WatchScope.SUBTREE, ChangePosition.after(Zxid.ZERO));
        assertThat(ended.get(1L).code()).isEqualTo(ErrorCode.POSITION_TOO_OLD);
        assertThat(ended.get(1L).oldest()).isEqualTo(Zxid.of(1, 1));
        assertThat(ended.get(1L).message())
                .isEqualTo("the change log of this peer begins after 1:1, not at 0:0; try another peer, or read the"
                        + " state and watch from now");
        subscribe(2, "/", WatchScope.SUBTREE, ChangePosition.after(Zxid.of(1, 1)));
        watches.demand(2, 10);
        catchUp();
        assertThat(paths(2)).containsExactly("/2", "/3");
    }

    @Test
    void aCursorThatTheLogLeftBehindEnds() {
        watches = watches(2, 1 << 20, 100);
        subscribe(1, "/", WatchScope.SUBTREE, null);
        happens("/1");
        happens("/2");
        happens("/3");
        watches.demand(1, 1);
        catchUp();
        assertThat(ended.get(1L).code()).isEqualTo(ErrorCode.POSITION_TOO_OLD);
        assertThat(watches.size()).isZero();
    }

    @Test
    void theLogKeepsWithinItsBytes() {
        watches = watches(1_000, 2_000, 100);
        for (int i = 0; i < 100; i++) {
            happens("/" + i);
        }
        assertThat(watches.oldest()).isGreaterThan(Zxid.of(1, 80));
    }

    @Test
    void aCongestedConnectionRestsAndGoesOn() {
        subscribe(1, "/", WatchScope.SUBTREE, null);
        watches.demand(1, 100);
        catchUp();
        watches.congested(7, true);
        happens("/1");
        catchUp();
        assertThat(paths(1)).isEmpty();
        watches.congested(7, false);
        catchUp();
        happens("/2");
        assertThat(paths(1)).containsExactly("/1", "/2");
    }

    @Test
    void aQuietSubscriptionGetsABookmarkThatCostsOneOfItsDemand() {
        subscribe(1, "/quiet", WatchScope.ZNODE, null);
        watches.demand(1, 2);
        catchUp();
        happens("/other");
        happens("/other");
        for (int tick = 1; tick <= 2 * BOOKMARK_TICKS; tick++) {
            watches.tick(tick);
        }
        assertThat(got.get(1L))
                .containsExactly(new WatchItem.Started(Zxid.ZERO), new WatchItem.Bookmark(Zxid.of(1, 2)));
        happens("/other");
        for (int tick = 1; tick <= 2 * BOOKMARK_TICKS; tick++) {
            watches.tick(tick);
        }
        assertThat(got.get(1L)).hasSize(2);
    }

    @Test
    void moreSubscriptionsThanAllowedAreRefused() {
        watches = watches(10, 1_000, 1);
        subscribe(1, "/", WatchScope.ZNODE, null);
        subscribe(2, "/", WatchScope.ZNODE, null);
        assertThat(ended.get(2L).code()).isEqualTo(ErrorCode.LIMIT_REACHED);
        assertThat(ended.get(2L).message()).isEqualTo("this peer has 1 watches, as many as it may; try another peer");
    }

    @Test
    void aReplacedStateEndsEveryWatch() {
        subscribe(1, "/", WatchScope.SUBTREE, null);
        watches.stateReplaced(Zxid.of(3, 9));
        assertThat(ended.get(1L).oldest()).isEqualTo(Zxid.of(3, 9));
        assertThat(watches.size()).isZero();
    }

    @Test
    void whatClosedOrWasCancelledGetsNothing() {
        subscribe(1, "/", WatchScope.SUBTREE, null);
        subscribe(2, "/", WatchScope.SUBTREE, null);
        watches.demand(1, 10);
        watches.demand(2, 10);
        catchUp();
        watches.cancel(1);
        watches.connectionClosed(7);
        happens("/1");
        watches.demand(1, 1);
        catchUp();
        assertThat(paths(1)).isEmpty();
        assertThat(paths(2)).isEmpty();
        assertThat(watches.size()).isZero();
    }

    @Test
    void whateverTheDemandEverySubscriberGetsTheSameEvents() {
        for (long seed = 1; seed <= 200; seed++) {
            got.clear();
            counter = 0;
            watches = watches(10_000, 1 << 24, 100);
            SplittableRandom random = new SplittableRandom(seed);
            for (long id = 1; id <= 5; id++) {
                subscribe(id, "/a", WatchScope.SUBTREE, null);
            }
            watches.demand(1, Long.MAX_VALUE);
            catchUp();
            for (int i = 0; i < 60; i++) {
                String[] changed = new String[1 + random.nextInt(4)];
                for (int c = 0; c < changed.length; c++) {
                    changed[c] = random.nextInt(3) == 0 ? "/b" : "/a/" + random.nextInt(5);
                }
                happens(changed);
                watches.demand(2 + random.nextInt(4), random.nextInt(5));
                watches.congested(7, random.nextInt(9) == 0);
                watches.catchUp(1 + random.nextInt(6));
            }
            watches.congested(7, false);
            for (long id = 2; id <= 5; id++) {
                watches.demand(id, 1_000);
            }
            catchUp();
            for (long id = 1; id <= 5; id++) {
                assertThat(changed(id)).as("seed %s subscription %s", seed, id).isEqualTo(changed(1));
            }
            assertThat(changed(1)).isNotEmpty();
        }
    }

    private void subscribe(long id, String path, WatchScope scope, ChangePosition from) {
        watches.subscribe(7, id, new ClientRequest.Watch(ZnodePath.of(path), scope, from, false, null, null));
    }

    /** One transaction that changes these paths. */
    private void happens(String... paths) {
        Zxid zxid = Zxid.of(1, ++counter);
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < paths.length; i++) {
            Stat stat = new Stat(zxid, zxid, 0, 0, 0, 0, 0, SessionId.NONE, 0, 0, zxid);
            changes.add(new Change(
                    zxid,
                    i,
                    i == paths.length - 1,
                    EventType.DATA_CHANGED,
                    ZnodePath.of(paths[i]),
                    stat,
                    null,
                    null,
                    null));
        }
        watches.applied(zxid, changes);
    }

    private void catchUp() {
        while (watches.hasMoreToDo()) {
            watches.catchUp(3);
        }
    }

    private List<WatchItem.Changed> changed(long id) {
        List<WatchItem.Changed> changed = new ArrayList<>();
        for (WatchItem item : got.getOrDefault(id, List.of())) {
            if (item instanceof WatchItem.Changed change) {
                changed.add(change);
            }
        }
        return changed;
    }

    private List<String> paths(long id) {
        return changed(id).stream().map(change -> change.path().value()).toList();
    }
}
