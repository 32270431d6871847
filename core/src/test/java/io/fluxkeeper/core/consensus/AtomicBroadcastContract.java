package io.fluxkeeper.core.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcast.Availability;
import io.fluxkeeper.core.consensus.DurableRecord.MembershipMark;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * What every algorithm behind {@link AtomicBroadcast} does, told without a word of any: order, durability, what becomes
 * of leaders, followers and those who forgot. An algorithm's own rules are in its own tests.
 */
public abstract class AtomicBroadcastContract {
    /** An algorithm's waits in these tests. */
    protected static final int PING_TICKS = 2;

    protected static final int HAND_OVER_TICKS_MAX = 20;

    /** Not started; a leader pings each {@link #PING_TICKS}, and gives up a hand-over after its time. */
    protected final BroadcastCluster cluster(int peers) {
        return cluster(peers, 1000, 1000);
    }

    /**
     * Likewise.
     *
     * @param historyEntriesKept beyond that, who lacks entries gets a state
     * @param inFlightEntriesMax beyond that, proposals are refused
     */
    protected abstract BroadcastCluster cluster(int peers, int historyEntriesKept, int inFlightEntriesMax);

    private BroadcastCluster serving(int peers) {
        BroadcastCluster cluster = cluster(peers);
        cluster.serve();
        return cluster;
    }

    private static boolean isNamed(PeerMessage message, String name) {
        return message.getClass().getSimpleName().equals(name);
    }

    private static void runUntilTheOthersServe(BroadcastCluster cluster, BroadcastHost down) {
        Predicate<BroadcastHost> serves = BroadcastHost::isServing;
        cluster.runUntil(
                "the others serve",
                () -> cluster.hosts().stream().filter(host -> host != down).allMatch(serves));
    }

    // ---- what things cost

    /** What is sent to peers by name, and how many batches go to disks, over all peers. */
    public record Cost(Map<String, Integer> messages, long fsyncs) {}

    private static Cost costOf(BroadcastCluster cluster, Runnable what) {
        cluster.hosts().forEach(host -> host.trace.clear());
        long before = cluster.hosts().stream()
                .mapToLong(host -> host.disk().lastEmitted())
                .sum();
        what.run();
        TreeMap<String, Integer> messages = new TreeMap<>();
        for (BroadcastHost host : cluster.hosts()) {
            host.sent(PeerMessage.class)
                    .forEach(message -> messages.merge(message.getClass().getSimpleName(), 1, Integer::sum));
        }
        long after = cluster.hosts().stream()
                .mapToLong(host -> host.disk().lastEmitted())
                .sum();
        return new Cost(messages, after - before);
    }

    @Test
    void aWriteCostsThreeMessagesAFollowerAndOneFsyncAPeer() {
        for (int peers : List.of(3, 5)) {
            BroadcastCluster cluster = serving(peers);

            Cost cost = costOf(cluster, () -> cluster.commit("a"));

            assertThat(cost.messages())
                    .hasSize(3)
                    .allSatisfy((name, count) -> assertThat(count).as(name).isEqualTo(peers - 1));
            assertThat(cost.fsyncs()).isEqualTo(peers);
        }
    }

    @Test
    void aHundredWritesOfOneDrainCostWhatOneDoes() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost leader = cluster.leader();

        Cost cost = costOf(cluster, () -> {
            for (int i = 0; i < 100; i++) {
                leader.broadcast().propose(BroadcastCluster.bytes("w" + i), leader);
            }
            leader.handle(new Input.EndOfDrain());
            cluster.settle();
        });

        assertThat(cluster.canonical()).hasSize(100);
        assertThat(cost.messages())
                .hasSize(3)
                .allSatisfy((name, count) -> assertThat(count).as(name).isEqualTo(2));
        assertThat(cost.fsyncs()).isEqualTo(3);
    }

    /** Of three, the leader dies: everything until both others serve. */
    protected final Cost costOfAFailOver() {
        BroadcastCluster cluster = serving(3);
        cluster.commit("a");
        BroadcastHost dead = cluster.leader();

        return costOf(cluster, () -> {
            cluster.crash(dead);
            runUntilTheOthersServe(cluster, dead);
        });
    }

    // ---- order and durability

    @Test
    void threeNewPeersFoundAnEnsembleElectALeaderAndDeliverEverywhere() {
        BroadcastCluster cluster = serving(3);

        Zxid zxid = cluster.commit("a");
        cluster.ticks(2);

        assertThat(cluster.hosts()).allSatisfy(host -> {
            assertThat(host.appliedZxids()).containsExactly(zxid);
            assertThat(host.status().membership()).isEqualTo(Membership.FOUNDED);
        });
    }

    @Test
    void aOnePeerEnsembleFoundsItselfAndLeads() {
        BroadcastCluster cluster = serving(1);

        Zxid zxid = cluster.commit("a");

        assertThat(cluster.leader().appliedZxids()).containsExactly(zxid);
        assertThat(cluster.leader().status().epoch()).isPositive();
    }

    @Test
    void zxidsAscendAndEachEntryIsChainedToTheOneBefore() {
        BroadcastCluster cluster = serving(3);
        cluster.commit("a");
        cluster.crash(cluster.leader());
        cluster.runUntil(
                "another leads",
                () -> cluster.hosts().stream()
                        .anyMatch(host -> host.isUp() && host.isServing() && host.role() == Role.LEADING));
        cluster.commit("b");
        cluster.commit("c");

        Zxid previous = Zxid.ZERO;
        long chain = ChainHash.EMPTY;
        for (Entry entry : cluster.canonical()) {
            assertThat(entry.zxid().follows(previous)).isTrue();
            assertThat(entry.isChainedTo(previous, chain)).isTrue();
            previous = entry.zxid();
            chain = entry.chain();
        }
    }

    @Test
    void nothingIsDeliveredBeforeAQuorumHasItOnDisk() {
        BroadcastCluster cluster = serving(3);
        cluster.followers().forEach(follower -> follower.diskHeld = true);

        cluster.commit("a");
        assertThat(cluster.canonical()).isEmpty();

        cluster.followers().get(0).diskHeld = false;
        cluster.settle();
        assertThat(cluster.canonical()).hasSize(1);
    }

    @Test
    void whatAQuorumHoldsIsCommittedBeforeTheLeadersOwnDiskAndDeliveredThereAfterIt() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost leader = cluster.leader();
        leader.diskHeld = true;

        cluster.commit("a");
        assertThat(cluster.follower().applied()).hasSize(1);
        assertThat(leader.applied()).isEmpty();

        leader.diskHeld = false;
        cluster.settle();
        assertThat(leader.applied()).hasSize(1);
    }

    @Test
    void aLongHistoryIsDeliveredInSharesSoThatWhatElseComesIsAnsweredInBetween() {
        assertThat(mostDeliveredAtOnceAfterRestart(3 * DeliveryShare.ENTRIES_MAX + 1, "entry"))
                .isEqualTo(DeliveryShare.ENTRIES_MAX);
    }

    @Test
    void largeEntriesAreDeliveredInSharesOfTheirBytes() {
        assertThat(mostDeliveredAtOnceAfterRestart(5, "x".repeat(DeliveryShare.BYTES_MAX / 2)))
                .isEqualTo(2);
    }

    /** Of a peer alone, which has them all to deliver again. */
    private int mostDeliveredAtOnceAfterRestart(int entries, String payload) {
        BroadcastCluster cluster = cluster(1, 2 * entries, 2 * entries);
        cluster.serve();
        for (int i = 0; i < entries; i++) {
            cluster.commit(payload);
        }
        BroadcastHost host = cluster.leader();

        cluster.crash(host);
        host.mostDeliveredAtOnce = 0;
        cluster.restart(host);
        cluster.settle();

        assertThat(host.applied()).hasSize(entries);
        return host.mostDeliveredAtOnce;
    }

    @Test
    void aPowerFailureOfAllLosesNothingThatWasDelivered() {
        BroadcastCluster cluster = serving(3);
        cluster.commit("a");
        cluster.commit("b");
        cluster.hosts().forEach(cluster::crash);

        cluster.startAll();
        cluster.runUntil("all have all", () -> cluster.allServe() && cluster.allDelivered());
        cluster.commit("c");

        assertThat(cluster.canonical()).hasSize(3);
    }

    @Test
    void aProposalThatNobodyElseHasGoesWithItsLeader() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost old = cluster.leader();
        cluster.isolate(old);
        old.propose("lost");
        cluster.crash(old);
        runUntilTheOthersServe(cluster, old);
        cluster.commit("b");
        cluster.healAll();

        cluster.restart(old);
        cluster.runUntil("all have all", () -> cluster.allServe() && cluster.allDelivered());

        assertThat(cluster.canonical())
                .extracting(entry -> new String(entry.payload()))
                .containsExactly("b");
    }

    @Test
    void theSameStepsGiveTheSameEffects() {
        assertThat(traceOfARun()).isEqualTo(traceOfARun());
    }

    private List<String> traceOfARun() {
        BroadcastCluster cluster = serving(3);
        cluster.commit("a");
        cluster.crash(cluster.leader());
        cluster.ticks(30);
        return cluster.hosts().stream()
                .flatMap(host -> host.trace.stream())
                .map(effect -> effect instanceof Effect.Persist ? "persist" : effect.toString())
                .map(text -> text.replaceAll("\\[B@[0-9a-f]+", "bytes"))
                .toList();
    }

    // ---- leaders come and go

    @Test
    void afterTheLeaderCrashesTheOthersElectANewOneAndGoOn() {
        BroadcastCluster cluster = serving(3);
        Zxid before = cluster.commit("a");
        BroadcastHost old = cluster.leader();

        cluster.crash(old);
        runUntilTheOthersServe(cluster, old);
        Zxid after = cluster.commit("b");
        cluster.restart(old);
        cluster.runUntil("all have all", () -> cluster.allServe() && cluster.allDelivered());

        assertThat(old.appliedZxids()).startsWith(before).endsWith(after);
        assertThat(after).isGreaterThan(before);
    }

    @Test
    void fivePeersOutliveTwo() {
        BroadcastCluster cluster = serving(5);
        cluster.commit("a");
        for (int i = 0; i < 2; i++) {
            cluster.crash(cluster.leader());
            cluster.runUntil(
                    "another leads",
                    () -> cluster.hosts().stream()
                            .anyMatch(host -> host.isUp() && host.isServing() && host.role() == Role.LEADING));
        }

        cluster.commit("b");

        assertThat(cluster.leader().applied()).hasSize(2);
    }

    @Test
    void aLeaderWithoutAQuorumStepsDownAndItsFollowersGoOn() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost old = cluster.leader();
        cluster.isolate(old);

        cluster.runUntil("it steps down", () -> old.role() == Role.LOOKING);
        runUntilTheOthersServe(cluster, old);

        assertThat(old.isServing()).isFalse();
        assertThat(old.propose("refused")).isNull();
    }

    @Test
    void aPeerThatIsCutOffFromTheLeaderAloneDoesNotDeposeIt() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost leader = cluster.leader();
        long epoch = leader.status().epoch();
        cluster.cut(leader, cluster.follower());

        cluster.ticks(100);
        cluster.commit("a");

        assertThat(leader.status().epoch()).isEqualTo(epoch);
        assertThat(leader.applied()).hasSize(1);
    }

    @Test
    void aLeaderWhoseDiskStallsGivesUp() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost old = cluster.leader();
        old.diskHeld = true;
        old.propose("a");

        cluster.runUntil(
                "another leads",
                () -> cluster.hosts().stream()
                        .anyMatch(host -> host != old && host.isServing() && host.role() == Role.LEADING));

        assertThat(cluster.canonical()).hasSize(1);
    }

    @Test
    void proposalsAreRefusedWhereNobodyLeadsAndWhenTooMuchIsInFlight() {
        BroadcastCluster cluster = cluster(3, 1000, 2);
        cluster.serve();
        BroadcastHost leader = cluster.leader();

        assertThat(cluster.follower().broadcast().availability()).isEqualTo(Availability.NOT_LEADING);
        assertThat(cluster.follower().propose("no")).isNull();
        assertThat(leader.propose("a")).isNotNull();
        assertThat(leader.propose("b")).isNotNull();
        assertThat(leader.broadcast().availability()).isEqualTo(Availability.FULL);
        assertThat(leader.propose("c")).isNull();

        cluster.settle();
        assertThat(leader.broadcast().availability()).isEqualTo(Availability.READY);
    }

    @Test
    void aLeaderKnowsWhetherAQuorumHasRoomOnItsDisks() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost leader = cluster.leader();
        List<BroadcastHost> followers = cluster.followers();

        followers.get(0).handle(new Input.DiskSpace(DiskRoom.LOW));
        cluster.ticks(2 * PING_TICKS);
        assertThat(leader.broadcast().hasDiskRoom()).isTrue();

        followers.get(1).handle(new Input.DiskSpace(DiskRoom.NONE));
        cluster.ticks(2 * PING_TICKS);
        assertThat(leader.broadcast().hasDiskRoom()).isFalse();
        assertThat(cluster.allServe()).isTrue();

        followers.get(0).handle(new Input.DiskSpace(DiskRoom.PLENTY));
        cluster.ticks(2 * PING_TICKS);
        assertThat(leader.broadcast().hasDiskRoom()).isTrue();

        leader.handle(new Input.DiskSpace(DiskRoom.LOW));
        assertThat(leader.broadcast().hasDiskRoom()).isFalse();
        cluster.commit("what cannot wait");
    }

    @Test
    void whoLacksAFollowerCountsTheOtherOnesDisk() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost leader = cluster.leader();
        List<BroadcastHost> followers = cluster.followers();

        cluster.crash(followers.get(0));
        cluster.ticks(2 * PING_TICKS);
        assertThat(leader.broadcast().hasDiskRoom()).isTrue();
        followers.get(1).handle(new Input.DiskSpace(DiskRoom.LOW));
        cluster.ticks(2 * PING_TICKS);

        assertThat(leader.broadcast().hasDiskRoom()).isFalse();
    }

    @Test
    void aLeaderWithoutRoomHandsOverWhereTheOthersHaveSome() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost old = cluster.leader();
        old.propose("a");

        old.handle(new Input.DiskSpace(DiskRoom.LOW));
        cluster.runUntil("another leads", () -> cluster.allServe() && cluster.leader() != old);

        assertThat(cluster.leader().broadcast().hasDiskRoom()).isTrue();
        cluster.commit("b");
        cluster.runUntil("all deliver", cluster::allDelivered);
        assertThat(old.applied()).as("what it had proposed is not lost").hasSize(2);
    }

    @Test
    void itHandsOverToOneThatHasRoom() {
        BroadcastCluster cluster = serving(5);
        BroadcastHost old = cluster.leader();
        BroadcastHost full = cluster.followers().get(3);
        full.handle(new Input.DiskSpace(DiskRoom.LOW));
        cluster.ticks(2 * PING_TICKS);

        old.handle(new Input.DiskSpace(DiskRoom.LOW));
        cluster.runUntil("another leads", () -> cluster.allServe() && cluster.leader() != old);

        assertThat(cluster.leader()).isNotSameAs(full);
    }

    @Test
    void aLeaderWithoutRoomStaysWhereNoQuorumHasSome() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost leader = cluster.leader();
        cluster.follower().handle(new Input.DiskSpace(DiskRoom.LOW));
        cluster.ticks(2 * PING_TICKS);

        leader.handle(new Input.DiskSpace(DiskRoom.LOW));
        cluster.ticks(4 * PING_TICKS);

        assertThat(cluster.leader()).isSameAs(leader);
        assertThat(leader.broadcast().availability()).isEqualTo(Availability.READY);
        assertThat(leader.broadcast().hasDiskRoom()).isFalse();
    }

    /** It is no use to its leader then, but it would fill its disk, and could not even start again. */
    @Test
    void aFollowerWithoutRoomTakesNothingUntilThereIsSome() {
        BroadcastCluster cluster = serving(3);
        cluster.commit("a");
        BroadcastHost full = cluster.follower();
        full.handle(new Input.DiskSpace(DiskRoom.NONE));
        cluster.ticks(20);
        assertThat(full.isServing()).isTrue();
        Zxid had = full.broadcast().lastLogged();
        long batches = full.disk().lastEmitted();
        full.trace.clear();

        cluster.commit("b");
        cluster.ticks(100);
        cluster.commit("c");
        cluster.ticks(100);

        assertThat(full.isServing()).isFalse();
        assertThat(full.broadcast().lastLogged()).isEqualTo(had);
        assertThat(full.disk().lastEmitted()).isEqualTo(batches);
        assertThat(full.traced(Effect.Disconnect.class))
                .hasSizeBetween(2, 200 / (5 * PING_TICKS))
                .allSatisfy(gone -> assertThat(gone.reason())
                        .isEqualTo("the disk of this peer has no room for what the leader sends"));

        full.handle(new Input.DiskSpace(DiskRoom.PLENTY));
        cluster.runUntil("all serve", () -> cluster.allServe() && cluster.allDelivered());
        assertThat(full.applied()).hasSize(3);
    }

    /** The state that it would fetch goes to the same disk. */
    @Test
    void aFollowerWithoutRoomFetchesNoStateUntilThereIsSome() {
        BroadcastCluster cluster = cluster(3, 2, 1000);
        cluster.serve();
        BroadcastHost away = leftBehindTheHistory(cluster);
        away.handle(new Input.DiskSpace(DiskRoom.NONE));
        away.trace.clear();
        cluster.healAll();

        cluster.ticks(200);

        assertThat(away.traced(Effect.FetchState.class)).isEmpty();
        assertThat(away.traced(Effect.Disconnect.class))
                .extracting(Effect.Disconnect::reason)
                .contains("the disk of this peer has no room for what the leader sends");

        away.handle(new Input.DiskSpace(DiskRoom.PLENTY));
        cluster.runUntil("all serve", () -> cluster.allServe() && cluster.allDelivered());
        assertThat(away.traced(Effect.InstallState.class)).hasSize(1);
        assertThat(away.applied()).hasSize(10);
    }

    /** Whatever made the transfer fail is still there a moment later. */
    @Test
    void afterATransferThatFailedAFollowerRests() {
        BroadcastCluster cluster = cluster(3, 2, 1000);
        cluster.serve();
        BroadcastHost away = leftBehindTheHistory(cluster);
        away.fetchesFail = true;
        away.trace.clear();
        cluster.healAll();

        cluster.ticks(200);

        assertThat(away.traced(Effect.FetchState.class)).hasSizeBetween(2, 200 / (5 * PING_TICKS));
        away.fetchesFail = false;
        cluster.runUntil("all serve", () -> cluster.allServe() && cluster.allDelivered());
        assertThat(away.applied()).hasSize(10);
    }

    /** A follower that is cut off while ten writes are committed, and needs the state when it is back. */
    private static BroadcastHost leftBehindTheHistory(BroadcastCluster cluster) {
        BroadcastHost away = cluster.follower();
        cluster.isolate(away);
        for (int i = 0; i < 10; i++) {
            cluster.commit("w" + i);
        }
        cluster.hosts().forEach(BroadcastHost::checkpoint);
        return away;
    }

    @Test
    void handOverGoesToAFollowerThatHoldsEverything() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost old = cluster.leader();
        cluster.commit("a");
        old.propose("b");
        old.trace.clear();

        old.handle(new Input.HandOver());
        assertThat(old.broadcast().availability()).isEqualTo(Availability.HANDING_OVER);
        assertThat(old.propose("refused")).isNull();
        cluster.settle();

        assertThat(old.traced(Effect.HandOverDone.class)).hasSize(1);
        assertThat(cluster.leader()).isNotSameAs(old);
        cluster.runUntil("all serve", () -> cluster.allServe() && cluster.allDelivered());
        assertThat(old.applied()).hasSize(2);
    }

    @Test
    void handOverIsDoneInTimeEvenIfNobodyHoldsEverything() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost old = cluster.leader();
        cluster.followers().forEach(follower -> follower.diskHeld = true);
        old.propose("a");
        old.trace.clear();

        old.handle(new Input.HandOver());
        cluster.ticks(HAND_OVER_TICKS_MAX + 1);

        assertThat(old.traced(Effect.HandOverDone.class)).hasSize(1);
    }

    @Test
    void handOverOfAFollowerIsDoneAtOnce() {
        BroadcastHost follower = serving(3).follower();
        follower.trace.clear();

        follower.handle(new Input.HandOver());

        assertThat(follower.trace).containsExactly(new Effect.HandOverDone());
    }

    @Test
    void handOverOfAPeerThatIsAloneIsDoneAtOnce() {
        BroadcastHost alone = serving(1).leader();
        alone.trace.clear();

        alone.handle(new Input.HandOver());

        assertThat(alone.traced(Effect.HandOverDone.class)).hasSize(1);
    }

    // ---- read indexes

    @Test
    void aReadIndexIsAnsweredWithinOneRound() {
        BroadcastCluster cluster = serving(3);
        Zxid zxid = cluster.commit("a");
        BroadcastHost leader = cluster.leader();

        leader.requestReadIndex(1);
        leader.requestReadIndex(2);
        cluster.settle();

        assertThat(leader.traced(Effect.ReadIndexReady.class))
                .containsExactly(new Effect.ReadIndexReady(1, zxid), new Effect.ReadIndexReady(2, zxid));
    }

    @Test
    void aReadIndexOfALonePeerIsAnsweredAtOnce() {
        BroadcastCluster cluster = serving(1);

        cluster.leader().requestReadIndex(1);

        assertThat(cluster.leader().traced(Effect.ReadIndexReady.class)).hasSize(1);
    }

    @Test
    void aReadIndexIsLostWithTheLeadership() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost leader = cluster.leader();
        cluster.isolate(leader);

        leader.requestReadIndex(1);
        cluster.settle();
        assertThat(leader.traced(Effect.ReadIndexReady.class)).isEmpty();

        cluster.runUntil("it steps down", () -> leader.role() == Role.LOOKING);
        assertThat(leader.traced(Effect.ReadIndexLost.class)).containsExactly(new Effect.ReadIndexLost(1));
    }

    @Test
    void aFollowerHasNoReadIndex() {
        BroadcastHost follower = serving(3).follower();

        follower.requestReadIndex(7);

        assertThat(follower.traced(Effect.ReadIndexLost.class)).containsExactly(new Effect.ReadIndexLost(7));
    }

    @Test
    void theQuorumsTickStandsStillWhileFollowersAreSilent() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost leader = cluster.leader();
        cluster.ticks(5);
        long heard = leader.broadcast().quorumHeardTick();
        assertThat(heard).isPositive();
        assertThat(cluster.follower().broadcast().quorumHeardTick()).isEqualTo(-1);

        cluster.swallowed = (to, message) -> to.equals(leader.id());
        cluster.ticks(5);

        assertThat(leader.broadcast().quorumHeardTick()).isBetween(heard, heard + PING_TICKS);
    }

    // ---- who was away

    @Test
    void aPeerThatWasAwayGetsWhatItLacks() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost away = cluster.follower();
        cluster.crash(away);
        cluster.commit("a");
        cluster.commit("b");
        away.trace.clear();

        cluster.restart(away);
        cluster.runUntil("all have all", () -> cluster.allServe() && cluster.allDelivered());

        assertThat(away.traced(Effect.FetchState.class)).isEmpty();
        assertThat(away.traced(Effect.Synchronized.class))
                .allSatisfy(how -> assertThat(how.mode()).isEqualTo(Effect.SyncMode.DIFF));
    }

    @Test
    void aPeerThatWasAwayTooLongGetsTheState() {
        BroadcastCluster cluster = cluster(3, 0, 1000);
        cluster.serve();
        BroadcastHost away = cluster.follower();
        cluster.crash(away);
        cluster.commit("a");
        cluster.commit("b");
        cluster.hosts().stream().filter(BroadcastHost::isUp).forEach(BroadcastHost::checkpoint);
        cluster.commit("c");
        away.trace.clear();

        cluster.restart(away);
        cluster.runUntil("all have all", () -> cluster.allServe() && cluster.allDelivered());

        assertThat(away.traced(Effect.InstallState.class)).hasSize(1);
        assertThat(away.traced(Effect.Synchronized.class))
                .anySatisfy(how -> assertThat(how.mode()).isEqualTo(Effect.SyncMode.SNAP));
    }

    @Test
    void aStateThatCouldNotBeFetchedIsAskedForAgain() {
        BroadcastCluster cluster = cluster(3, 0, 1000);
        cluster.serve();
        BroadcastHost away = cluster.follower();
        cluster.crash(away);
        cluster.commit("a");
        cluster.hosts().stream().filter(BroadcastHost::isUp).forEach(BroadcastHost::checkpoint);
        away.fetchHeld = true;
        cluster.restart(away);
        cluster.ticks(3);
        Effect.FetchState fetch = away.traced(Effect.FetchState.class).get(0);

        away.handle(new Input.StateFetchFailed(fetch.transfer(), "the other end is gone"));
        away.fetchHeld = false;
        cluster.runUntil("all have all", () -> cluster.allServe() && cluster.allDelivered());

        assertThat(away.traced(Effect.InstallState.class)).hasSize(1);
    }

    @Test
    void aFetchedStateThatNobodyWaitsForIsThrownAway() {
        BroadcastHost host = serving(3).follower();
        host.disk().writeFile("state-5", BroadcastDisk.State.EMPTY);
        host.trace.clear();

        host.handle(new Input.StateFetched(5, "state-5", Zxid.ZERO, 0, 0));

        assertThat(host.traced(Effect.DiscardState.class)).containsExactly(new Effect.DiscardState(5, "state-5"));
    }

    @Test
    void aPinThatNobodyWaitsForIsReleased() {
        BroadcastHost host = serving(3).leader();
        host.trace.clear();

        host.handle(new Input.StatePinned(9, Zxid.ZERO, 0, 0));

        assertThat(host.traced(Effect.ReleaseState.class)).containsExactly(new Effect.ReleaseState(9));
    }

    // ---- how an ensemble is born, and who forgot

    @Test
    void anEnsembleIsNotFoundedBeforeAllConfiguredPeersHaveAgreed() {
        BroadcastCluster cluster = cluster(3);
        cluster.host(1).start();
        cluster.host(2).start();
        cluster.connectAll();

        cluster.ticks(50);

        assertThat(cluster.host(1).status().membership()).isEqualTo(Membership.NONE);
        assertThat(cluster.host(1).role()).isEqualTo(Role.LOOKING);
        assertThat(cluster.host(1).status().note())
                .isEqualTo("of no ensemble yet: one is founded when peers 1, 2, 3 are all up; not heard yet: 3");
    }

    @Test
    void theLowestPeersIdBecomesTheEnsembles() {
        BroadcastCluster cluster = serving(3);

        assertThat(cluster.hosts()).allSatisfy(host -> {
            assertThat(host.disk().membership()).isEqualTo(Membership.FOUNDED);
            assertThat(host.disk().recover().ensembleId()).isEqualTo(1001);
        });
    }

    @Test
    void foundingIsTwoDurableSteps() {
        BroadcastCluster cluster = cluster(3);
        cluster.host(2).diskHeld = true;
        cluster.startAll();
        cluster.ticks(5);

        // Peer 2 has said FOUNDING to its disk, which has not answered: nobody may hear it.
        assertThat(cluster.host(1).status().membership()).isEqualTo(Membership.FOUNDING);
        assertThat(cluster.host(3).status().membership()).isEqualTo(Membership.FOUNDING);
        assertThat(cluster.host(3).status().note()).isEqualTo("founding an ensemble; not agreed yet: 2");

        cluster.host(2).diskHeld = false;
        cluster.runUntil("founded", cluster::allServe);
        assertThat(marks(cluster.host(2))).containsExactly(Membership.FOUNDING, Membership.FOUNDED);
    }

    @Test
    void namedFoundersFoundWithoutTheOthers() {
        BroadcastCluster cluster = cluster(3);
        cluster.founders = Set.of(new PeerId(2), new PeerId(3));
        cluster.host(2).start();
        cluster.host(3).start();
        cluster.connectAll();

        cluster.runUntil(
                "both serve",
                () -> cluster.host(2).isServing() && cluster.host(3).isServing());

        assertThat(cluster.host(2).disk().recover().ensembleId()).isEqualTo(1002);
    }

    @Test
    void aPeerThatIsNoFounderBecomesALearnerAndThenAVoter() {
        BroadcastCluster cluster = cluster(3);
        cluster.founders = Set.of(new PeerId(2), new PeerId(3));
        cluster.serve();

        cluster.runUntil("it votes", () -> cluster.host(1).disk().membership() == Membership.FOUNDED);

        assertThat(marks(cluster.host(1))).containsExactly(Membership.LEARNER, Membership.FOUNDED);
        assertThat(marks(cluster.host(2))).containsExactly(Membership.FOUNDING, Membership.FOUNDED);
    }

    @Test
    void aFounderDoesNotFoundWithoutTheOtherFounders() {
        BroadcastCluster cluster = cluster(3);
        cluster.founders = Set.of(new PeerId(2), new PeerId(3));
        cluster.host(1).start();
        cluster.host(2).start();
        cluster.connectAll();

        cluster.ticks(50);

        assertThat(cluster.host(1).status().membership()).isEqualTo(Membership.NONE);
        assertThat(cluster.host(2).status().membership()).isEqualTo(Membership.NONE);
    }

    @Test
    void aWipedFounderThatMeetsAPeerOfTheEnsembleLearnsThoughItsFellowFoundersAreAway() {
        BroadcastCluster cluster = cluster(3);
        cluster.founders = Set.of(new PeerId(2), new PeerId(3));
        cluster.startAll();
        cluster.runUntil(
                "all vote",
                () -> cluster.hosts().stream().allMatch(host -> host.disk().membership() == Membership.FOUNDED));
        cluster.crash(cluster.host(2));
        cluster.crash(cluster.host(3));
        cluster.host(2).wipe();

        cluster.restart(cluster.host(2));
        cluster.ticks(10);

        assertThat(cluster.host(2).status().membership()).isEqualTo(Membership.LEARNER);
    }

    @Test
    void fewerFoundersThanAQuorumAreRefused() {
        BroadcastCluster cluster = cluster(3);
        cluster.founders = Set.of(new PeerId(2));

        assertThatThrownBy(() -> cluster.host(2).start())
                .hasMessageContaining("founders [2] are no quorum of [1, 2, 3]");
    }

    private static List<Membership> marks(BroadcastHost host) {
        return host.traced(Effect.Persist.class).stream()
                .map(Effect.Persist::record)
                .filter(MembershipMark.class::isInstance)
                .map(record -> ((MembershipMark) record).membership())
                .toList();
    }

    @Test
    void aCrashBetweenTheTwoStepsIsMadeGoodByAPeerThatIsFounded() {
        BroadcastCluster cluster = cluster(3);
        BroadcastHost late = cluster.host(3);
        cluster.startAll();
        for (int steps = 0; late.disk().membership() != Membership.FOUNDING; steps++) {
            assertThat(steps).isLessThan(100);
            cluster.hosts().forEach(BroadcastHost::persistOne);
            cluster.links().forEach(link -> {
                link.deliverOne(link.pair.low(), PeerMessage.Lane.LIVE);
                link.deliverOne(link.pair.high(), PeerMessage.Lane.LIVE);
            });
        }
        cluster.settle();
        cluster.crash(late);
        late.disk().forget(Membership.FOUNDING);

        cluster.restart(late);
        cluster.runUntil("all serve", cluster::allServe);

        assertThat(late.disk().membership()).isEqualTo(Membership.FOUNDED);
    }

    @Test
    void aWipedPeerIsALearnerUntilAQuorumWithoutItIsConfirmed() {
        BroadcastCluster cluster = serving(3);
        cluster.commit("a");
        BroadcastHost wiped = cluster.follower();
        BroadcastHost other = cluster.followers().get(1);
        cluster.crash(wiped);
        wiped.wipe();
        wiped.trace.clear();
        // The leader and the wiped one alone are no quorum: the wiped one has forgotten what it acknowledged.
        cluster.crash(other);
        cluster.restart(wiped);
        cluster.ticks(60);

        assertThat(wiped.status().membership()).isEqualTo(Membership.LEARNER);
        assertThat(wiped.isServing()).isFalse();
        assertThat(cluster.hosts()).noneMatch(host -> host.isUp() && host.isServing());

        cluster.restart(other);
        cluster.runUntil("all serve", cluster::allServe);
        cluster.runUntil("it votes again", () -> wiped.disk().membership() == Membership.FOUNDED);
        assertThat(wiped.appliedZxids()).containsExactlyElementsOf(other.appliedZxids());
    }

    @Test
    void aLearnersAckDoesNotCount() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost wiped = cluster.follower();
        BroadcastHost other = cluster.followers().get(1);
        cluster.crash(wiped);
        wiped.wipe();
        cluster.swallowed = (to, message) -> isNamed(message, "Admit");
        cluster.restart(wiped);
        cluster.runUntil("the learner serves", wiped::isServing);

        other.diskHeld = true;
        int before = cluster.canonical().size();
        cluster.commit("b");

        assertThat(wiped.broadcast().lastLogged())
                .isEqualTo(cluster.leader().broadcast().lastLogged());
        assertThat(cluster.canonical()).hasSize(before);

        other.diskHeld = false;
        cluster.settle();
        assertThat(cluster.canonical()).hasSize(before + 1);
    }

    @Test
    void aLearnerIsAdmittedOnlyByARoundThatBeganAfterItHadEverything() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost wiped = cluster.follower();
        cluster.crash(wiped);
        wiped.wipe();
        cluster.swallowed = (to, message) -> isNamed(message, "Pong");
        cluster.restart(wiped);
        cluster.runUntil("the learner serves", wiped::isServing);
        cluster.ticks(PING_TICKS + 1);
        assertThat(wiped.status().membership()).isEqualTo(Membership.LEARNER);

        cluster.swallowed = (to, message) -> false;
        cluster.ticks(2 * PING_TICKS + 1);
        assertThat(wiped.status().membership()).isEqualTo(Membership.FOUNDED);
    }

    @Test
    void anAdmittedLearnerCounts() {
        BroadcastCluster cluster = serving(3);
        BroadcastHost wiped = cluster.follower();
        BroadcastHost other = cluster.followers().get(1);
        cluster.crash(wiped);
        wiped.wipe();
        cluster.restart(wiped);
        cluster.runUntil("it votes again", () -> wiped.isUp() && wiped.disk().membership() == Membership.FOUNDED);
        cluster.ticks(3);

        cluster.crash(other);
        int before = cluster.canonical().size();
        cluster.commit("b");

        assertThat(cluster.canonical()).hasSize(before + 1);
    }

    @Test
    void aSuspectPeerHealsAsALearner() {
        BroadcastCluster cluster = serving(3);
        cluster.commit("a");
        BroadcastHost suspect = cluster.follower();
        cluster.crash(suspect);
        suspect.disk().forget(Membership.LEARNER);
        cluster.commit("b");

        cluster.restart(suspect);
        cluster.runUntil("it votes again", () -> suspect.disk().membership() == Membership.FOUNDED);

        assertThat(suspect.applied()).hasSize(2);
    }

    @Test
    void peersOfDifferentEnsemblesRefuseEachOtherInWords() {
        BroadcastCluster cluster = cluster(2);
        cluster.host(1).disk().found(11);
        cluster.host(2).disk().found(22);
        cluster.startAll();
        cluster.ticks(3);

        assertThat(cluster.host(1).traced(Effect.Disconnect.class))
                .anySatisfy(effect ->
                        assertThat(effect.reason()).isEqualTo("peer 2 belongs to ensemble 16, this one to b"));
        assertThat(cluster.hosts()).noneMatch(BroadcastHost::isServing);
    }
}
