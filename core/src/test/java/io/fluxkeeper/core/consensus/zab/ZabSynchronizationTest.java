package io.fluxkeeper.core.consensus.zab;

import static io.fluxkeeper.core.consensus.zab.ZabScript.ONE;
import static io.fluxkeeper.core.consensus.zab.ZabScript.after;
import static io.fluxkeeper.core.consensus.zab.ZabScript.bond;
import static io.fluxkeeper.core.consensus.zab.ZabScript.history;
import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcast.Availability;
import io.fluxkeeper.core.consensus.BroadcastHost;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Input;
import java.util.List;
import org.junit.jupiter.api.Test;

/** DIFF, TRUNC and SNAP (1.4), and the pace of it. */
class ZabSynchronizationTest {
    private static final ZabLimits NOTHING_KEPT =
            new ZabLimits(300, 300, 2_000, 0, 0, 2_000, 1_000, 100_000, Zxid.COUNTER_MAX);
    private static final Entry[] LEADERS = history(Zxid.of(1, 1), Zxid.of(1, 2), Zxid.of(1, 3), Zxid.of(3, 1));

    /** A leader of epoch 4 or later with {@link #LEADERS}, and the first answer to a follower with that end. */
    private static ZabScript leaderTold(Entry followersLast) {
        ZabScript leader = ZabScript.peer(3, 3, 3, LEADERS).electSelf(ONE, 3).persistAll();
        leader.receive(ONE, new ZabMessage.AckEpoch(bond(4), true, 2, followersLast.zxid(), followersLast.chain()));
        return leader;
    }

    @Test
    void aFollowerThatHoldsEverythingGetsAnEmptyDiff() {
        ZabScript leader = leaderTold(LEADERS[3]);

        assertThat(leader.sent(ZabMessage.Diff.class)).hasSize(1);
        assertThat(leader.sent(ZabMessage.Proposals.class)).isEmpty();
        assertThat(leader.sent(ZabMessage.NewLeader.class)).hasSize(1);
    }

    @Test
    void aFollowerThatIsBehindGetsTheRestAsDiff() {
        ZabScript leader = leaderTold(LEADERS[1]);

        assertThat(leader.sent(ZabMessage.Diff.class))
                .containsExactly(new ZabMessage.Diff(bond(4), Zxid.of(1, 2), LEADERS[1].chain()));
        assertThat(leader.sent(ZabMessage.Proposals.class))
                .flatExtracting(ZabMessage.Proposals::entries)
                .containsExactly(LEADERS[2], LEADERS[3]);
    }

    @Test
    void aFollowerWithATailOfItsOwnIsCutToTheLastEntryBelowItThatTheLeaderHolds() {
        Entry own = after(LEADERS[2], Zxid.of(2, 1));
        ZabScript leader = leaderTold(own);
        assertThat(leader.sent(ZabMessage.Trunc.class))
                .containsExactly(new ZabMessage.Trunc(bond(4), Zxid.of(1, 3), LEADERS[2].chain()));
        assertThat(leader.sent(ZabMessage.Proposals.class)).isEmpty();

        leader.receive(ONE, new ZabMessage.SyncProgress(bond(4), Zxid.of(1, 3)));

        assertThat(leader.sent(ZabMessage.Proposals.class))
                .flatExtracting(ZabMessage.Proposals::entries)
                .containsExactly(LEADERS[3]);
        assertThat(leader.sent(ZabMessage.NewLeader.class)).hasSize(1);
    }

    @Test
    void aFollowerThatDoesNotHoldTheEntryToCutToNamesALowerOne() {
        Entry own = after(LEADERS[1], Zxid.of(2, 1));
        ZabScript leader = leaderTold(own);

        leader.receive(ONE, new ZabMessage.TruncRefused(bond(4), Zxid.of(1, 2), LEADERS[1].chain()));

        assertThat(leader.sent(ZabMessage.Trunc.class))
                .extracting(ZabMessage.Trunc::to)
                .containsExactly(Zxid.of(1, 3), Zxid.of(1, 2));
    }

    @Test
    void aFollowerThatCanNameNothingGetsTheState() {
        ZabScript leader = leaderTold(after(LEADERS[1], Zxid.of(2, 1)));

        leader.receive(ONE, new ZabMessage.TruncRefused(bond(4), null, 0));

        assertThat(leader.host.traced(Effect.OfferState.class)).hasSize(1);
    }

    @Test
    void r9_somethingElseUnderTheSameZxidMeansTheState() {
        Entry foreign = Entry.after(Zxid.of(1, 1), 99, Zxid.of(1, 2), ZabCluster.bytes("foreign"));

        ZabScript leader = leaderTold(foreign);

        assertThat(leader.host.traced(Effect.OfferState.class)).hasSize(1);
    }

    @Test
    void aFollowerRefusesToBeCutToWhatItDoesNotHoldAndNamesWhatItHolds() {
        Entry[] mine = history(Zxid.of(1, 1), Zxid.of(1, 2), Zxid.of(2, 1));
        ZabScript follower = ZabScript.peer(1, 2, 2, mine).elect(ZabScript.THREE, 3, Zxid.of(3, 1));
        follower.receive(ZabScript.THREE, new ZabMessage.LeaderInfo(bond(4))).persistAll();

        follower.receive(ZabScript.THREE, new ZabMessage.Trunc(bond(4), Zxid.of(1, 3), LEADERS[2].chain()));

        assertThat(follower.sent(ZabMessage.TruncRefused.class))
                .containsExactly(new ZabMessage.TruncRefused(bond(4), Zxid.of(1, 2), mine[1].chain()));
    }

    @Test
    void truncationAndWhatFollowsAreOneBatchAtNewLeader() {
        Entry[] mine = history(Zxid.of(1, 1), Zxid.of(1, 2), Zxid.of(1, 3), Zxid.of(2, 1));
        ZabScript follower = ZabScript.peer(1, 2, 2, mine).elect(ZabScript.THREE, 3, Zxid.of(3, 1));
        follower.receive(ZabScript.THREE, new ZabMessage.LeaderInfo(bond(4))).persistAll();
        follower.receive(ZabScript.THREE, new ZabMessage.Trunc(bond(4), Zxid.of(1, 3), LEADERS[2].chain()));
        assertThat(follower.sent(ZabMessage.SyncProgress.class))
                .containsExactly(new ZabMessage.SyncProgress(bond(4), Zxid.of(1, 3)));
        follower.receive(ZabScript.THREE, new ZabMessage.Proposals(bond(4), List.of(LEADERS[3])));
        follower.forget();

        follower.receive(ZabScript.THREE, new ZabMessage.NewLeader(bond(4), Zxid.of(3, 1), LEADERS[3].chain()));

        assertThat(follower.host.traced(Effect.Persist.class))
                .extracting(Effect.Persist::record)
                .containsExactly(
                        new DurableRecord.TruncateAfter(Zxid.of(1, 3)),
                        new DurableRecord.Append(LEADERS[3]),
                        new DurableRecord.Epochs(4, 4));
        assertThat(follower.host.traced(Effect.Synchronized.class))
                .containsExactly(new Effect.Synchronized(ZabScript.THREE, Effect.SyncMode.TRUNC, Zxid.of(1, 3), 1));
    }

    @Test
    void aFollowerSaysHowItWasSynchronisedOnceItHasTakenTheHistoryOver() {
        ZabCluster cluster = ZabCluster.serving(3);
        BroadcastHost late = cluster.follower();
        cluster.commit("before");
        Zxid had = late.broadcast().lastLogged();
        cluster.crash(late);
        cluster.commit("a");
        cluster.commit("b");
        late.trace.clear();

        cluster.restart(late);
        cluster.runUntil("all serve", cluster::allServe);

        assertThat(late.traced(Effect.Synchronized.class))
                .containsExactly(new Effect.Synchronized(cluster.leader().id(), Effect.SyncMode.DIFF, had, 2));
    }

    @Test
    void anEntryThatAMinorityGotIsCutAwayWhenItsLeaderComesBack() {
        ZabCluster cluster = ZabCluster.serving(3);
        cluster.commit("kept");
        BroadcastHost old = cluster.leader();
        cluster.isolate(old);
        old.propose("lost");
        cluster.settle();
        cluster.runUntil(
                "the others serve",
                () -> cluster.hosts().stream().filter(host -> host != old).allMatch(BroadcastHost::isServing));
        cluster.commit("new");

        cluster.healAll();
        cluster.runUntil("all agree", () -> cluster.allServe() && cluster.allDelivered());

        assertThat(old.traced(Effect.Persist.class))
                .extracting(Effect.Persist::record)
                .anyMatch(DurableRecord.TruncateAfter.class::isInstance);
        assertThat(old.applied()).hasSize(2);
    }

    private static ZabCluster farBehind() {
        ZabCluster cluster = new ZabCluster(3, ZabCluster.TIMING, NOTHING_KEPT);
        cluster.serve();
        BroadcastHost late = cluster.follower();
        cluster.crash(late);
        for (int i = 0; i < 20; i++) {
            cluster.commit("x" + i);
            cluster.hosts().stream().filter(BroadcastHost::isUp).forEach(BroadcastHost::checkpoint);
        }
        return cluster;
    }

    @Test
    void aFollowerBelowWhatIsKeptGetsTheStateAndWhatFollows() {
        ZabCluster cluster = farBehind();
        BroadcastHost late = cluster.hosts().stream()
                .filter(host -> !host.isUp())
                .findFirst()
                .orElseThrow();
        late.trace.clear();
        late.fetchHeld = true;
        cluster.restart(late);
        cluster.runUntil(
                "it fetches", () -> !late.traced(Effect.FetchState.class).isEmpty());
        for (int i = 0; i < 5; i++) {
            cluster.commit("during" + i);
            cluster.leader().checkpoint();
        }
        late.fetchHeld = false;
        cluster.runUntil("all serve", () -> cluster.allServe() && cluster.allDelivered());

        List<Effect> installed = late.trace.stream()
                .filter(effect -> effect instanceof Effect.Persist persist
                                && persist.record() instanceof DurableRecord.StateInstalled
                        || effect instanceof Effect.InstallState
                        || effect instanceof Effect.Deliver)
                .limit(3)
                .toList();
        assertThat(installed.get(0)).isInstanceOf(Effect.Persist.class);
        assertThat(installed.get(1)).isInstanceOf(Effect.InstallState.class);
        assertThat(late.applied()).hasSize(25);
        assertThat(late.traced(Effect.Synchronized.class))
                .extracting(Effect.Synchronized::mode)
                .containsExactly(Effect.SyncMode.SNAP);
        assertThat(cluster.leader().traced(Effect.ReleaseState.class)).isNotEmpty();
    }

    @Test
    void r10_historyAfterThePinnedStateIsKeptWhileItIsFetched_ZOOKEEPER_3104() {
        ZabCluster cluster = farBehind();
        BroadcastHost late = cluster.hosts().stream()
                .filter(host -> !host.isUp())
                .findFirst()
                .orElseThrow();
        late.fetchHeld = true;
        BroadcastHost leader = cluster.leader();
        leader.trace.clear();
        cluster.restart(late);
        cluster.runUntil(
                "it fetches", () -> !late.traced(Effect.FetchState.class).isEmpty());
        // More than a window: most of it waits in the leader's history, which keeps nothing for itself.
        for (int i = 0; i < 20; i++) {
            cluster.commit("during" + i);
            leader.checkpoint();
        }

        late.fetchHeld = false;
        cluster.runUntil("all serve", () -> cluster.allServe() && cluster.allDelivered());
        assertThat(leader.traced(Effect.OfferState.class)).hasSize(1);
        assertThat(leader.traced(Effect.Disconnect.class)).isEmpty();
    }

    @Test
    void aStateTransferThatTakesTooLongIsGivenUp() {
        ZabCluster cluster = farBehind();
        BroadcastHost late = cluster.hosts().stream()
                .filter(host -> !host.isUp())
                .findFirst()
                .orElseThrow();
        late.fetchHeld = true;
        cluster.restart(late);
        cluster.runUntil(
                "it fetches", () -> !late.traced(Effect.FetchState.class).isEmpty());
        BroadcastHost leader = cluster.leader();
        leader.trace.clear();

        cluster.ticks(ZabCluster.TIMING.stateTransferTicksMax() + 1);

        assertThat(leader.traced(Effect.ReleaseState.class)).isNotEmpty();
        assertThat(cluster.leader()).isSameAs(leader);
    }

    @Test
    void noMoreThanAWindowIsOnItsWayToAFollower() {
        ZabLimits window = new ZabLimits(200, 200, 100_000, 100, 10_000, 100_000, 1_000, 100_000, Zxid.COUNTER_MAX);
        ZabCluster cluster = new ZabCluster(3, ZabCluster.TIMING, window);
        cluster.serve();
        BroadcastHost leader = cluster.leader();
        leader.trace.clear();

        for (int i = 0; i < 50; i++) {
            leader.broadcast().propose(ZabCluster.bytes("x" + i), leader);
        }
        leader.handle(new Input.EndOfDrain());

        // 50 bytes an entry; two followers.
        assertThat(leader.sent(ZabMessage.Proposals.class))
                .flatExtracting(ZabMessage.Proposals::entries)
                .hasSize(2 * (200 / 50));
        cluster.settle();
        assertThat(cluster.canonical()).hasSize(50);
    }

    @Test
    void aLongDiffIsCutIntoMessagesThatFitAFrame() {
        ZabLimits small = new ZabLimits(4_000, 150, 100_000, 1_000, 100_000, 100_000, 1_000, 100_000, Zxid.COUNTER_MAX);
        ZabCluster cluster = new ZabCluster(3, ZabCluster.TIMING, small);
        cluster.serve();
        BroadcastHost late = cluster.follower();
        cluster.crash(late);
        for (int i = 0; i < 40; i++) {
            cluster.commit("x" + i);
        }
        BroadcastHost leader = cluster.leader();
        leader.trace.clear();

        cluster.restart(late);
        cluster.runUntil("all serve", () -> cluster.allServe() && cluster.allDelivered());

        // 50 bytes an entry.
        assertThat(leader.sent(ZabMessage.Proposals.class))
                .hasSizeGreaterThan(10)
                .allSatisfy(message -> assertThat(message.entries()).hasSizeLessThanOrEqualTo(3));
        assertThat(late.traced(Effect.InstallState.class)).isEmpty();
    }

    @Test
    void aWindowIsCountedEvenIfTheHistoryHasForgottenWhatIsInIt() {
        ZabCluster cluster = new ZabCluster(3, ZabCluster.TIMING, NOTHING_KEPT);
        cluster.serve();
        BroadcastHost leader = cluster.leader();
        BroadcastHost slow = cluster.follower();
        slow.diskHeld = true;
        leader.trace.clear();

        for (int i = 0; i < 20; i++) {
            cluster.commit("x" + i);
            leader.checkpoint();
        }

        assertThat(leader.traced(Effect.Send.class))
                .filteredOn(send -> send.to().equals(slow.id()) && send.message() instanceof ZabMessage.Proposals)
                .hasSizeLessThanOrEqualTo(300 / 50);
        assertThat(leader.traced(Effect.Disconnect.class))
                .anySatisfy(effect -> assertThat(effect.reason()).contains("fell behind the history"));

        slow.diskHeld = false;
        cluster.runUntil("all serve", () -> cluster.allServe() && cluster.allDelivered());
    }

    @Test
    void aProposalIsRefusedWhenTooMuchIsInFlight() {
        ZabLimits few = new ZabLimits(1000, 1000, 5000, 0, 0, 5000, 2, 10_000, Zxid.COUNTER_MAX);
        ZabCluster cluster = new ZabCluster(3, ZabCluster.TIMING, few);
        cluster.serve();
        BroadcastHost leader = cluster.leader();
        leader.propose("1");
        leader.propose("2");

        assertThat(leader.broadcast().availability()).isEqualTo(Availability.FULL);
        assertThat(leader.propose("3")).isNull();
        cluster.settle();
        assertThat(leader.propose("3")).isNotNull();
    }

    @Test
    void aSynchronisationThatIsTooLongForTheStageUsesTheState() {
        ZabLimits small = new ZabLimits(100, 100, 400, 100, 100_000, 100_000, 1_000, 100_000, Zxid.COUNTER_MAX);
        ZabCluster cluster = new ZabCluster(3, ZabCluster.TIMING, small);
        cluster.serve();
        BroadcastHost late = cluster.follower();
        cluster.crash(late);
        for (int i = 0; i < 20; i++) {
            cluster.commit("x" + i);
        }
        late.trace.clear();

        cluster.restart(late);
        cluster.runUntil("all serve", () -> cluster.allServe() && cluster.allDelivered());

        assertThat(late.traced(Effect.InstallState.class)).hasSize(1);
    }
}
