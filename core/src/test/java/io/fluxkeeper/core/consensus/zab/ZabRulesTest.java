package io.fluxkeeper.core.consensus.zab;

import static io.fluxkeeper.core.consensus.zab.ZabScript.ONE;
import static io.fluxkeeper.core.consensus.zab.ZabScript.THREE;
import static io.fluxkeeper.core.consensus.zab.ZabScript.TWO;
import static io.fluxkeeper.core.consensus.zab.ZabScript.after;
import static io.fluxkeeper.core.consensus.zab.ZabScript.bond;
import static io.fluxkeeper.core.consensus.zab.ZabScript.history;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.BroadcastDisk;
import io.fluxkeeper.core.consensus.BroadcastHost;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Effect.When;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.consensus.Role;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The rules that others' bugs taught, each named after its bug in ZooKeeper's tracker, and the three places where the
 * paper can be read in two ways.
 */
class ZabRulesTest {
    private static final Zxid Z11 = Zxid.of(1, 1);
    private static final Zxid Z12 = Zxid.of(1, 2);
    private static final Entry[] HISTORY = history(Z11, Z12);
    private static final long CHAIN = HISTORY[1].chain();

    private static ZabScript stagingFollower() {
        ZabScript follower = ZabScript.peer(1, 1, 1, HISTORY).elect(THREE, 1, Z12);
        follower.receive(THREE, new ZabMessage.LeaderInfo(bond(2))).persistAll();
        return follower.receive(THREE, new ZabMessage.Diff(bond(2), Z12, CHAIN));
    }

    private static ZabScript servingFollower() {
        return stagingFollower()
                .receive(THREE, new ZabMessage.NewLeader(bond(2), Z12, CHAIN))
                .persistAll()
                .receive(THREE, new ZabMessage.UpToDate(bond(2), Z12))
                .forget();
    }

    private static Effect append(Entry entry) {
        return new Effect.Persist(new DurableRecord.Append(entry));
    }

    @Test
    void r1_historyIsDurableBeforeAckNewLeader_ZOOKEEPER_3911() {
        Entry next = after(HISTORY[1], Zxid.of(1, 3));
        ZabScript follower = stagingFollower().receive(THREE, new ZabMessage.Proposals(bond(2), List.of(next)));
        follower.forget();

        follower.receive(THREE, new ZabMessage.NewLeader(bond(2), next.zxid(), next.chain()));

        assertThat(follower.effects())
                .containsSubsequence(
                        append(next),
                        new Effect.Send(THREE, 3, new ZabMessage.AckNewLeader(bond(2), next.zxid()), When.DURABLE));
    }

    @Test
    void r1_ackWaitsForTheCompletionOfTheFsync_ZOOKEEPER_3023_4646() {
        ZabCluster cluster = ZabCluster.serving(3);
        BroadcastHost slow = cluster.follower();
        BroadcastHost other = cluster.followers().get(1);
        cluster.crash(other);
        slow.diskHeld = true;
        int before = cluster.canonical().size();

        cluster.commit("a");
        assertThat(cluster.canonical()).hasSize(before);

        slow.diskHeld = false;
        cluster.settle();
        assertThat(cluster.canonical()).hasSize(before + 1);
    }

    @Test
    void r2_historyAndEpochAreOneBatch_ZOOKEEPER_4643_4785() {
        Entry next = after(HISTORY[1], Zxid.of(1, 3));
        ZabScript follower = stagingFollower().receive(THREE, new ZabMessage.Proposals(bond(2), List.of(next)));
        long batch = follower.host.openBatch();

        follower.receive(THREE, new ZabMessage.NewLeader(bond(2), next.zxid(), next.chain()));
        assertThat(follower.host.openBatch()).isEqualTo(batch + 1);

        follower.host.persistOneEvenIfHeld();
        assertThat(follower.host.disk().epochs().current()).isEqualTo(2);
        assertThat(follower.host.disk().history().last()).isEqualTo(next.zxid());
    }

    @Test
    void r3_ackOfAProposalDoesNotOvertakeAckNewLeader_ZOOKEEPER_4685() {
        Entry live = after(HISTORY[1], Zxid.of(2, 1));
        ZabScript follower = stagingFollower().receive(THREE, new ZabMessage.NewLeader(bond(2), Z12, CHAIN));

        follower.receive(THREE, new ZabMessage.Proposals(bond(2), List.of(live)));

        assertThat(follower.effects())
                .containsSubsequence(
                        new Effect.Send(THREE, 3, new ZabMessage.AckNewLeader(bond(2), Z12), When.DURABLE),
                        new Effect.Send(THREE, 3, new ZabMessage.Ack(bond(2), live.zxid()), When.DURABLE));
    }

    @Test
    void r4_aProposalBetweenNewLeaderAndUpToDateIsCommittedLater_ZOOKEEPER_4394() {
        Entry live = after(HISTORY[1], Zxid.of(2, 1));
        ZabScript follower = stagingFollower().receive(THREE, new ZabMessage.NewLeader(bond(2), Z12, CHAIN));
        follower.receive(THREE, new ZabMessage.Proposals(bond(2), List.of(live)))
                .persistAll();

        follower.receive(THREE, new ZabMessage.UpToDate(bond(2), live.zxid()));

        assertThat(follower.host.appliedZxids()).containsExactly(Z11, Z12, live.zxid());
    }

    @Test
    void r5_votesTellOnlyWhatTheDiskHolds_ZOOKEEPER_2845() {
        ZabScript follower = servingFollower();
        Entry live = after(HISTORY[1], Zxid.of(2, 1));
        follower.receive(THREE, new ZabMessage.Proposals(bond(2), List.of(live)));
        follower.forget();

        follower.host.handle(new Input.LinkDown(THREE, 3));
        follower.link(TWO);

        // The batch with the entry is not durable yet: the vote that names it waits for it.
        assertThat(follower.sent(ZabMessage.Vote.class))
                .allSatisfy(vote -> assertThat(vote.candidate()).isEqualTo(new Candidate(2, live.zxid(), ONE)));
        assertThat(follower.when(ZabMessage.Vote.class)).isNotEmpty().containsOnly(When.DURABLE);
    }

    @Test
    void r5_r6_anInterruptedSynchronisationLeavesTheLogAsItWas_ZOOKEEPER_3642_5094() {
        Entry next = after(HISTORY[1], Zxid.of(1, 3));
        ZabScript follower = stagingFollower().receive(THREE, new ZabMessage.Proposals(bond(2), List.of(next)));

        follower.host.handle(new Input.LinkDown(THREE, 3));

        assertThat(follower.host.broadcast().lastLogged()).isEqualTo(Z12);
        assertThat(follower.effects()).doesNotContain(append(next));
        assertThat(follower.host.role()).isEqualTo(Role.LOOKING);
    }

    @Test
    void r6_aFetchedStateIsThrownAwayWhenTheSynchronisationEnds() {
        ZabScript follower = ZabScript.peer(1, 1, 0).elect(THREE, 1, Z12);
        follower.receive(THREE, new ZabMessage.LeaderInfo(bond(2))).persistAll();
        follower.receive(THREE, new ZabMessage.Snap(bond(2), 5, Z12, CHAIN, 9));
        follower.host.disk().writeFile("state-5", BroadcastDisk.State.EMPTY);
        follower.host.handle(new Input.StateFetched(5, "state-5", Z12, CHAIN, 9));

        follower.host.handle(new Input.LinkDown(THREE, 3));

        assertThat(follower.effects()).contains(new Effect.DiscardState(5, "state-5"));
        assertThat(follower.host.broadcast().lastLogged()).isEqualTo(Zxid.ZERO);
    }

    @Test
    void r6_aStateThatComesAfterTheSynchronisationEndedIsThrownAway() {
        ZabScript follower = ZabScript.peer(1, 1, 0);
        follower.host.disk().writeFile("state-5", BroadcastDisk.State.EMPTY);

        follower.host.handle(new Input.StateFetched(5, "state-5", Z12, CHAIN, 9));

        assertThat(follower.effects()).contains(new Effect.DiscardState(5, "state-5"));
    }

    @Test
    void r7_whatAnOldRoleLeftInTheJournalStaysInOrder_ZOOKEEPER_4712() {
        // A batch of the old role is cut away before it is durable; its completion vouches for nothing new.
        Entry old = after(HISTORY[1], Zxid.of(2, 1));
        ZabScript follower = servingFollower();
        follower.receive(THREE, new ZabMessage.Proposals(bond(2), List.of(old)));
        follower.host.handle(new Input.LinkDown(THREE, 3));
        follower.link(TWO)
                .receive(TWO, new ZabMessage.Vote(Role.LOOKING, 9, new Candidate(3, Z12, TWO)))
                .receive(TWO, new ZabMessage.LeaderInfo(new Bond(3, 2)))
                .receive(TWO, new ZabMessage.Trunc(new Bond(3, 2), Z12, CHAIN));
        Entry other = after(HISTORY[1], Zxid.of(1, 3));
        follower.receive(TWO, new ZabMessage.Proposals(new Bond(3, 2), List.of(other)));
        follower.receive(TWO, new ZabMessage.NewLeader(new Bond(3, 2), other.zxid(), other.chain()));
        follower.receive(TWO, new ZabMessage.UpToDate(new Bond(3, 2), other.zxid()));

        // 2:1 becomes durable: 1:3, which is lower, is not.
        follower.host.persistOneEvenIfHeld();
        assertThat(follower.host.appliedZxids()).containsExactly(Z11, Z12);

        follower.persistAll();
        assertThat(follower.host.appliedZxids()).containsExactly(Z11, Z12, other.zxid());
    }

    @Test
    void r8_nothingIsDeliveredThatIsNotDurableHere_ZOOKEEPER_4882() {
        ZabScript follower = servingFollower();
        Entry live = after(HISTORY[1], Zxid.of(2, 1));
        follower.receive(THREE, new ZabMessage.Proposals(bond(2), List.of(live)));

        follower.receive(THREE, new ZabMessage.Commit(bond(2), live.zxid()));

        assertThat(follower.host.applied()).hasSize(2);
    }

    @Test
    void r9_aGapInADiffIsRefused_ZOOKEEPER_4925() {
        Entry third = after(HISTORY[1], Zxid.of(1, 3));
        Entry fourth = after(third, Zxid.of(1, 4));
        ZabScript follower = stagingFollower();

        follower.receive(THREE, new ZabMessage.Proposals(bond(2), List.of(fourth)));

        assertThat(follower.host.traced(Effect.Disconnect.class))
                .singleElement()
                .satisfies(effect -> assertThat(effect.reason()).isEqualTo("gap: 1:4 does not continue 1:2"));
        assertThat(follower.host.role()).isEqualTo(Role.LOOKING);
    }

    @Test
    void r9_aGapInTheBroadcastClosesTheLink_ZOOKEEPER_2418() {
        Entry third = after(HISTORY[1], Zxid.of(2, 1));
        Entry fourth = after(third, Zxid.of(2, 2));
        ZabScript follower = servingFollower();

        follower.receive(THREE, new ZabMessage.Proposals(bond(2), List.of(fourth)));

        assertThat(follower.host.traced(Effect.Disconnect.class)).hasSize(1);
        assertThat(follower.host.broadcast().lastLogged()).isEqualTo(Z12);
    }

    @Test
    void r9_anEntryOfAnotherHistoryUnderTheNextZxidIsRefused() {
        Entry foreign = Entry.after(Z12, CHAIN + 1, Zxid.of(2, 1), ZabCluster.bytes("foreign"));
        ZabScript follower = servingFollower();

        follower.receive(THREE, new ZabMessage.Proposals(bond(2), List.of(foreign)));

        assertThat(follower.host.traced(Effect.Disconnect.class)).hasSize(1);
    }

    @Test
    void r9_aCommitOfWhatNeverArrivedClosesTheLink() {
        ZabScript follower = servingFollower();

        follower.receive(THREE, new ZabMessage.Commit(bond(2), Zxid.of(2, 1)));

        assertThat(follower.host.traced(Effect.Disconnect.class))
                .singleElement()
                .satisfies(effect -> assertThat(effect.reason()).isEqualTo("gap: COMMIT of 2:1 after 1:2"));
    }

    @Test
    void r9_recoveredEntriesWithAHoleAreRefused() {
        Entry third = after(HISTORY[1], Zxid.of(1, 3));
        assertThatThrownBy(() -> ZabScript.peer(1, 1, 1, HISTORY[0], third))
                .isInstanceOf(Invariant.Broken.class)
                .hasMessageContaining("gap in history");
    }

    @Test
    void r13_aReadIndexNeedsAQuorumThatAnswersAfterTheRequest_ZOOKEEPER_1675() {
        ZabScript leader = ZabScript.peer(3, 1, 1, HISTORY).establish(ONE, 2);
        leader.tick(2);
        long before = last(leader.sent(ZabMessage.Ping.class)).round();
        leader.forget();

        leader.host.requestReadIndex(5);
        leader.receive(ONE, new ZabMessage.Pong(bond(2), before, false));
        assertThat(leader.host.traced(Effect.ReadIndexReady.class)).isEmpty();

        long round = last(leader.sent(ZabMessage.Ping.class)).round();
        leader.receive(ONE, new ZabMessage.Pong(bond(2), round, false));
        assertThat(leader.host.traced(Effect.ReadIndexReady.class)).containsExactly(new Effect.ReadIndexReady(5, Z12));
    }

    @Test
    void ambiguity1_whoWasSentNewLeaderGetsEveryLaterProposal() {
        ZabScript leader = ZabScript.peer(3, 1, 1, HISTORY).establish(ONE, 2);
        leader.link(TWO).receive(TWO, new ZabMessage.FollowerInfo(ZabScript.ENSEMBLE, 1, 1, true));
        leader.receive(TWO, new ZabMessage.AckEpoch(bond(2), true, 1, Z12, CHAIN))
                .forget();

        Zxid zxid = leader.host.propose("before its ACK-NEWLEADER");

        assertThat(leader.host.traced(Effect.Send.class))
                .filteredOn(send -> send.to().equals(TWO) && send.message() instanceof ZabMessage.Proposals)
                .hasSize(1);
        assertThat(leader.host.broadcast().lastLogged()).isEqualTo(zxid);
    }

    @Test
    void ambiguity1_commitsGoOnlyToWhoeverHadUpToDate() {
        ZabScript leader = ZabScript.peer(3, 1, 1, HISTORY).establish(ONE, 2);
        leader.link(TWO).receive(TWO, new ZabMessage.FollowerInfo(ZabScript.ENSEMBLE, 1, 1, true));
        leader.receive(TWO, new ZabMessage.AckEpoch(bond(2), true, 1, Z12, CHAIN))
                .forget();
        Zxid zxid = leader.host.propose("a");

        leader.receive(ONE, new ZabMessage.Ack(bond(2), zxid)).persistAll();

        assertThat(leader.host.traced(Effect.Send.class))
                .filteredOn(send -> send.message() instanceof ZabMessage.Commit)
                .extracting(Effect.Send::to)
                .containsOnly(ONE);
    }

    @Test
    void ambiguity2_anExactDuplicateIsTakenAndAcknowledgedAgain() {
        ZabScript follower = servingFollower();

        follower.receive(THREE, new ZabMessage.Proposals(bond(2), List.of(HISTORY[1])));

        assertThat(follower.host.role()).isEqualTo(Role.FOLLOWING);
        assertThat(follower.sent(ZabMessage.Ack.class)).containsExactly(new ZabMessage.Ack(bond(2), Z12));
        assertThat(follower.host.traced(Effect.Persist.class)).isEmpty();
    }

    @Test
    void ambiguity3_upToDateCarriesWhatIsCommittedNow() {
        ZabScript leader = ZabScript.peer(3, 1, 1, HISTORY).establish(ONE, 2);
        leader.link(TWO).receive(TWO, new ZabMessage.FollowerInfo(ZabScript.ENSEMBLE, 1, 1, true));
        leader.receive(TWO, new ZabMessage.AckEpoch(bond(2), true, 1, Z12, CHAIN));
        Zxid zxid = leader.host.propose("a");
        leader.receive(ONE, new ZabMessage.Ack(bond(2), zxid)).persistAll().forget();

        leader.receive(TWO, new ZabMessage.AckNewLeader(bond(2), Z12));

        assertThat(leader.sent(ZabMessage.UpToDate.class)).containsExactly(new ZabMessage.UpToDate(bond(2), zxid));
    }

    @Test
    void aRestartExecutesOnlyWhatIsKnownCommitted() {
        ZabScript peer = ZabScript.peer(1, 1, 1, HISTORY);
        assertThat(peer.host.applied()).isEmpty();
        assertThat(peer.host.broadcast().lastLogged()).isEqualTo(Z12);
    }

    @Test
    void aRestartExecutesTheCommittedPartAtOnce() {
        ZabCluster cluster = ZabCluster.serving(3);
        cluster.commit("a");
        cluster.commit("b");
        BroadcastHost host = cluster.follower();
        cluster.crash(host);

        host.start();

        assertThat(host.appliedZxids()).isNotEmpty();
        assertThat(host.role()).isEqualTo(Role.LOOKING);
    }

    @Test
    void rule1_thePeerCountsItselfOnlyByItsOwnDisk() {
        ZabScript leader = ZabScript.peer(3, 1, 1, HISTORY).electSelf(ONE, 1);

        // Its own promise is not durable.
        leader.receive(ONE, new ZabMessage.AckEpoch(bond(2), true, 1, Z12, CHAIN));
        assertThat(leader.sent(ZabMessage.Diff.class)).isEmpty();

        leader.host.persistOneEvenIfHeld();
        assertThat(leader.sent(ZabMessage.Diff.class)).hasSize(1);

        // Its own currentEpoch is not durable.
        leader.receive(ONE, new ZabMessage.AckNewLeader(bond(2), Z12));
        assertThat(leader.host.isServing()).isFalse();

        leader.persistAll();
        assertThat(leader.host.isServing()).isTrue();
    }

    @Test
    void rule1_theLeadersOwnEntryCountsOnlyAfterItsFsync() {
        ZabCluster cluster = ZabCluster.serving(3);
        BroadcastHost leader = cluster.leader();
        cluster.crash(cluster.follower());
        leader.diskHeld = true;

        Zxid zxid = cluster.commit("a");
        assertThat(leader.broadcast().lastCommitted()).isNotEqualTo(zxid);

        leader.diskHeld = false;
        cluster.settle();
        assertThat(leader.broadcast().lastCommitted()).isEqualTo(zxid);
    }

    @Test
    void aLeaderWithAStalledDiskGivesUp() {
        ZabCluster cluster = ZabCluster.serving(3);
        BroadcastHost leader = cluster.leader();
        leader.diskHeld = true;
        cluster.commit("a");

        cluster.runUntil("it gives up", () -> leader.role() != Role.LEADING);

        cluster.runUntil(
                "another leads",
                () -> cluster.hosts().stream()
                        .anyMatch(host -> host != leader && host.role() == Role.LEADING && host.isServing()));
    }

    @Test
    void aLeaderGivesUpAtTheEndOfItsNumbers() {
        ZabLimits few = new ZabLimits(1000, 1000, 5000, 0, 0, 5000, 100, 10_000, 2);
        ZabCluster cluster = new ZabCluster(3, ZabCluster.TIMING, few);
        cluster.serve();
        cluster.commit("1");
        cluster.commit("2");
        BroadcastHost leader = cluster.leader();

        assertThat(leader.propose("3")).isNull();

        assertThat(leader.isServing()).isFalse();
        cluster.runUntil("a new epoch", cluster::allServe);
        assertThat(cluster.commit("3")).isEqualTo(Zxid.of(2, 1));
    }

    @Test
    void whatIsOfAnotherLinkOrStayIsDropped() {
        ZabScript follower = servingFollower();
        Entry live = after(HISTORY[1], Zxid.of(2, 1));

        follower.host.handle(new Input.Received(THREE, 2, new ZabMessage.Proposals(bond(2), List.of(live))));
        follower.receive(THREE, new ZabMessage.Proposals(new Bond(2, 2), List.of(live)));
        follower.receive(THREE, new ZabMessage.Proposals(new Bond(1, 1), List.of(live)));
        follower.receive(THREE, new ZabMessage.Commit(new Bond(1, 1), live.zxid()));

        assertThat(follower.effects()).isEmpty();
        assertThat(follower.host.role()).isEqualTo(Role.FOLLOWING);
    }

    @Test
    void recoveredEpochsOutOfOrderAreRefused() {
        assertThatThrownBy(() -> ZabScript.peer(1, 1, 2, HISTORY)).isInstanceOf(Invariant.Broken.class);
        assertThatThrownBy(() -> ZabScript.peer(1, 3, 0, HISTORY)).isInstanceOf(Invariant.Broken.class);
        assertThat(RecoveredLog.EMPTY.last()).isEqualTo(Zxid.ZERO);
    }

    private static <T> T last(List<T> list) {
        return list.get(list.size() - 1);
    }
}
