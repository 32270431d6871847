package io.fluxkeeper.core.consensus.zab;

import static io.fluxkeeper.core.consensus.zab.ZabScript.ONE;
import static io.fluxkeeper.core.consensus.zab.ZabScript.THREE;
import static io.fluxkeeper.core.consensus.zab.ZabScript.TWO;
import static io.fluxkeeper.core.consensus.zab.ZabScript.after;
import static io.fluxkeeper.core.consensus.zab.ZabScript.bond;
import static io.fluxkeeper.core.consensus.zab.ZabScript.history;
import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcast.Availability;
import io.fluxkeeper.core.consensus.BroadcastHost;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Effect.When;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Role;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The sentences of the Zab paper (DSN 2011, section V) one by one: set up, step, check. */
class ZabPaperTest {
    private static final Zxid Z11 = Zxid.of(1, 1);
    private static final Zxid Z12 = Zxid.of(1, 2);
    private static final Entry[] TWO_ENTRIES = history(Z11, Z12);

    private static ZabScript followerOfEpochTwo() {
        ZabScript follower = ZabScript.peer(1, 1, 1, TWO_ENTRIES).elect(THREE, 1, Z12);
        follower.receive(THREE, new ZabMessage.LeaderInfo(bond(2))).persistAll();
        return follower;
    }

    private static ZabScript syncedFollower() {
        ZabScript follower = followerOfEpochTwo();
        follower.receive(THREE, new ZabMessage.Diff(bond(2), Z12, TWO_ENTRIES[1].chain()));
        follower.receive(THREE, new ZabMessage.NewLeader(bond(2), Z12, TWO_ENTRIES[1].chain()));
        return follower.persistAll();
    }

    private static ZabScript servingFollower() {
        return syncedFollower().receive(THREE, new ZabMessage.UpToDate(bond(2), Z12));
    }

    /** Step f.1.1: a follower sends the last epoch it promised. */
    @Test
    void aFollowerSendsTheProspectiveLeaderItsLastPromise() {
        ZabScript follower = ZabScript.peer(1, 4, 1, TWO_ENTRIES).elect(THREE, 1, Z12);

        assertThat(follower.sent(ZabMessage.FollowerInfo.class))
                .containsExactly(new ZabMessage.FollowerInfo(ZabScript.ENSEMBLE, 1, 4, true));
        assertThat(follower.when(ZabMessage.FollowerInfo.class)).containsOnly(When.DURABLE);
    }

    /** Step l.1.1: of a quorum, an epoch later than any it has promised. */
    @Test
    void aLeaderProposesAnEpochLaterThanAnyItsQuorumPromised() {
        ZabScript leader = ZabScript.peer(3, 4, 1, TWO_ENTRIES).electSelf(ONE, 6);

        assertThat(leader.sent(ZabMessage.LeaderInfo.class)).containsExactly(new ZabMessage.LeaderInfo(bond(7)));
        assertThat(leader.when(ZabMessage.LeaderInfo.class)).containsOnly(When.DURABLE);
        assertThat(leader.effects()).contains(new Effect.Persist(new DurableRecord.Epochs(7, 1)));
    }

    /** Step f.1.2: on NEWEPOCH(e') with f.p < e', f.p becomes e', and history and f.a are told. */
    @Test
    void aFollowerPromisesAndTellsItsHistoryAfterThePromiseIsDurable() {
        ZabScript follower = ZabScript.peer(1, 1, 1, TWO_ENTRIES).elect(THREE, 1, Z12);

        follower.receive(THREE, new ZabMessage.LeaderInfo(bond(2)));

        assertThat(follower.effects()).contains(new Effect.Persist(new DurableRecord.Epochs(2, 1)));
        assertThat(follower.sent(ZabMessage.AckEpoch.class))
                .containsExactly(new ZabMessage.AckEpoch(bond(2), true, 1, Z12, TWO_ENTRIES[1].chain()));
        assertThat(follower.when(ZabMessage.AckEpoch.class)).containsOnly(When.DURABLE);
    }

    /** 1.3, step 3: the same number promised before may have been promised to another. */
    @Test
    void aPromiseOfTheSameNumberDoesNotCountTwice() {
        ZabScript follower = ZabScript.peer(1, 2, 1, TWO_ENTRIES).elect(THREE, 1, Z12);

        follower.receive(THREE, new ZabMessage.LeaderInfo(bond(2)));

        assertThat(follower.sent(ZabMessage.AckEpoch.class))
                .singleElement()
                .satisfies(ack -> assertThat(ack.counts()).isFalse());
    }

    @Test
    void aLeaderDoesNotCountAPromiseOfTheSameNumber() {
        ZabScript leader =
                ZabScript.peer(3, 1, 1, TWO_ENTRIES).electSelf(ONE, 1).persistAll();

        leader.receive(ONE, new ZabMessage.AckEpoch(bond(2), false, 1, Z12, TWO_ENTRIES[1].chain()));

        assertThat(leader.sent(ZabMessage.Diff.class)).isEmpty();
        assertThat(leader.host.disk().epochs()).isEqualTo(new DurableRecord.Epochs(2, 1));
    }

    /** 1.3, step 3: a lower epoch than promised is refused. */
    @Test
    void aFollowerLeavesALeaderOfALowerEpochThanItPromised() {
        ZabScript follower = ZabScript.peer(1, 5, 1, TWO_ENTRIES).elect(THREE, 1, Z12);

        follower.receive(THREE, new ZabMessage.LeaderInfo(bond(2)));

        assertThat(follower.host.role()).isEqualTo(Role.LOOKING);
        assertThat(follower.sent(ZabMessage.AckEpoch.class)).isEmpty();
    }

    /** Step l.1.2, as ZooKeeper does it: the leader's history must be the greatest of the quorum's. */
    @Test
    void aLeaderGivesWayToAFollowerThatIsAhead() {
        ZabScript leader =
                ZabScript.peer(3, 1, 1, history(Z11)).electSelf(ONE, 1).persistAll();

        leader.receive(ONE, new ZabMessage.AckEpoch(bond(2), true, 1, Z12, TWO_ENTRIES[1].chain()));

        assertThat(leader.host.role()).isEqualTo(Role.LOOKING);
        assertThat(leader.host.disk().epochs().current()).isEqualTo(1);
    }

    @Test
    void aGreaterCurrentEpochIsAheadOfALongerHistory() {
        ZabScript leader =
                ZabScript.peer(3, 2, 1, TWO_ENTRIES).electSelf(ONE, 2).persistAll();

        leader.receive(ONE, new ZabMessage.AckEpoch(bond(3), true, 2, Z11, TWO_ENTRIES[0].chain()));

        assertThat(leader.host.role()).isEqualTo(Role.LOOKING);
    }

    /** 1.3, step 2: whoever promised more than a leader proposed could never join it. */
    @Test
    void aLateFollowerThatPromisedMoreEndsTheLeadershipAndTheNextGoesBeyond() {
        ZabScript leader = ZabScript.peer(3, 1, 1, TWO_ENTRIES).establish(ONE, 2);
        leader.link(TWO).receive(TWO, new ZabMessage.FollowerInfo(ZabScript.ENSEMBLE, 1, 9, true));
        assertThat(leader.host.role()).isEqualTo(Role.LOOKING);

        leader.forget();
        leader.receive(ONE, new ZabMessage.Vote(Role.LOOKING, 2, new Candidate(2, Z12, THREE)));
        leader.tick(5);
        leader.receive(ONE, new ZabMessage.FollowerInfo(ZabScript.ENSEMBLE, 2, 2, true));

        assertThat(leader.sent(ZabMessage.LeaderInfo.class))
                .containsExactly(new ZabMessage.LeaderInfo(new Bond(10, 2)));
    }

    /** Step f.2.1: history and f.a become the leader's, durably, before ACK-LD. */
    @Test
    void aFollowerAcknowledgesNewLeaderAfterHistoryAndEpochAreOneBatch() {
        ZabScript follower = followerOfEpochTwo();
        Entry next = after(TWO_ENTRIES[1], Zxid.of(1, 3));
        follower.receive(THREE, new ZabMessage.Diff(bond(2), Z12, TWO_ENTRIES[1].chain()));
        follower.receive(THREE, new ZabMessage.Proposals(bond(2), List.of(next)));
        follower.forget();

        follower.receive(THREE, new ZabMessage.NewLeader(bond(2), next.zxid(), next.chain()));

        assertThat(follower.effects().subList(0, 2))
                .containsExactly(
                        new Effect.Persist(new DurableRecord.Append(next)),
                        new Effect.Persist(new DurableRecord.Epochs(2, 2)));
        assertThat(follower.when(ZabMessage.AckNewLeader.class)).containsOnly(When.DURABLE);
        assertThat(follower.host.isServing()).isFalse();
    }

    /** Step f.2.1: "if f.p = e'", else a new iteration. */
    @Test
    void aNewLeaderOfAnotherEpochIsALeftover() {
        ZabScript follower = followerOfEpochTwo();
        follower.receive(THREE, new ZabMessage.Diff(bond(2), Z12, TWO_ENTRIES[1].chain()));

        follower.receive(THREE, new ZabMessage.NewLeader(bond(3), Z12, TWO_ENTRIES[1].chain()));

        assertThat(follower.sent(ZabMessage.AckNewLeader.class)).isEmpty();
        assertThat(follower.host.disk().epochs().current()).isEqualTo(1);
    }

    /** Step l.2.2: a quorum of ACK-LD commits the initial history. */
    @Test
    void aQuorumOfAckNewLeaderCommitsTheInitialHistoryAndEstablishesTheLeader() {
        ZabScript leader =
                ZabScript.peer(3, 1, 1, TWO_ENTRIES).electSelf(ONE, 1).persistAll();
        leader.receive(ONE, new ZabMessage.AckEpoch(bond(2), true, 1, Z12, TWO_ENTRIES[1].chain()))
                .persistAll();
        assertThat(leader.host.isServing()).isFalse();
        assertThat(leader.host.broadcast().availability()).isEqualTo(Availability.NOT_LEADING);
        assertThat(leader.host.applied()).isEmpty();

        leader.receive(ONE, new ZabMessage.AckNewLeader(bond(2), Z12));

        assertThat(leader.host.isServing()).isTrue();
        assertThat(leader.host.appliedZxids()).containsExactly(Z11, Z12);
        assertThat(leader.sent(ZabMessage.UpToDate.class)).containsExactly(new ZabMessage.UpToDate(bond(2), Z12));
    }

    /** 1.3, step 5: the leader's own epoch is durable before NEWLEADER. */
    @Test
    void newLeaderLeavesAfterTheLeadersOwnEpochIsDurable() {
        ZabScript leader =
                ZabScript.peer(3, 1, 1, TWO_ENTRIES).electSelf(ONE, 1).persistAll();

        leader.receive(ONE, new ZabMessage.AckEpoch(bond(2), true, 1, Z12, TWO_ENTRIES[1].chain()));

        assertThat(leader.when(ZabMessage.NewLeader.class)).containsExactly(When.DURABLE);
        assertThat(leader.effects())
                .containsSubsequence(
                        new Effect.Persist(new DurableRecord.Epochs(2, 2)),
                        new Effect.Send(
                                ONE, 1, new ZabMessage.NewLeader(bond(2), Z12, TWO_ENTRIES[1].chain()), When.DURABLE));
    }

    /** Step f.2.2: on COMMIT-LD the initial history is delivered. */
    @Test
    void aFollowerDeliversTheInitialHistoryOnUpToDateAndNotBefore() {
        ZabScript follower = syncedFollower();
        assertThat(follower.host.applied()).isEmpty();

        follower.receive(THREE, new ZabMessage.UpToDate(bond(2), Z12));

        assertThat(follower.host.appliedZxids()).containsExactly(Z11, Z12);
        assertThat(follower.host.isServing()).isTrue();
    }

    /** Step l.3.1: proposals in increasing order, such that the epoch is e'. */
    @Test
    void proposalsAreNumberedWithinTheEpochAndLeaveBeforeTheLeadersOwnFsync() {
        ZabScript leader =
                ZabScript.peer(3, 1, 1, TWO_ENTRIES).establish(ONE, 2).forget();

        assertThat(leader.host.propose("a")).isEqualTo(Zxid.of(2, 1));
        assertThat(leader.host.propose("b")).isEqualTo(Zxid.of(2, 2));

        assertThat(leader.sent(ZabMessage.Proposals.class))
                .flatExtracting(ZabMessage.Proposals::entries)
                .extracting(Entry::zxid)
                .containsExactly(Zxid.of(2, 1), Zxid.of(2, 2));
        assertThat(leader.when(ZabMessage.Proposals.class)).containsOnly(When.NOW);
    }

    /** Step f.3.1: accepted in order, appended to history, then acknowledged. */
    @Test
    void aFollowerAcknowledgesAProposalOnceItIsDurable() {
        ZabScript follower = servingFollower().forget();
        Entry next = after(TWO_ENTRIES[1], Zxid.of(2, 1));

        follower.receive(THREE, new ZabMessage.Proposals(bond(2), List.of(next)));

        assertThat(follower.effects())
                .containsExactly(
                        new Effect.Persist(new DurableRecord.Append(next)),
                        new Effect.Send(THREE, 3, new ZabMessage.Ack(bond(2), next.zxid()), When.DURABLE));
    }

    /** Step l.3.2: upon acks of a quorum, COMMIT. */
    @Test
    void theLeaderCommitsByOthersAcksAndDeliversOnceItsOwnDiskHasIt() {
        ZabCluster cluster = ZabCluster.serving(3);
        BroadcastHost leader = cluster.leader();
        leader.diskHeld = true;
        leader.trace.clear();

        Zxid zxid = cluster.commit("a");

        assertThat(leader.broadcast().lastCommitted()).isEqualTo(zxid);
        assertThat(leader.sent(ZabMessage.Commit.class)).isNotEmpty();
        assertThat(leader.traced(Effect.Deliver.class)).isEmpty();
        assertThat(cluster.follower().appliedZxids()).contains(zxid);

        leader.diskHeld = false;
        cluster.settle();
        assertThat(leader.traced(Effect.Deliver.class)).hasSize(1);
    }

    /** Step f.3.2: on COMMIT, once everything before it is committed. */
    @Test
    void aFollowerDeliversWhatIsCommittedAndDurableHereInOrder() {
        ZabScript follower = servingFollower();
        Entry third = after(TWO_ENTRIES[1], Zxid.of(2, 1));
        Entry fourth = after(third, Zxid.of(2, 2));
        follower.receive(THREE, new ZabMessage.Proposals(bond(2), List.of(third, fourth)));

        follower.receive(THREE, new ZabMessage.Commit(bond(2), Zxid.of(2, 2)));
        assertThat(follower.host.applied()).hasSize(2);

        follower.persistAll();
        assertThat(follower.host.appliedZxids()).containsExactly(Z11, Z12, Zxid.of(2, 1), Zxid.of(2, 2));
    }

    /** Step l.3.3 and l.3.4: a follower that comes later gets NEWEPOCH, NEWLEADER, and COMMIT-LD. */
    @Test
    void aLateFollowerIsBroughtInByTheEstablishedLeader() {
        ZabCluster cluster = ZabCluster.serving(3);
        BroadcastHost late = cluster.follower();
        cluster.crash(late);
        cluster.commit("a");
        long epoch = cluster.leader().status().epoch();

        cluster.restart(late);
        cluster.runUntil("it serves", cluster::allServe);

        assertThat(late.status().epoch()).isEqualTo(epoch);
        assertThat(late.applied()).hasSize(1);
    }

    /** Section IV: a follower without a leader, and a leader without a quorum, look for a new one. */
    @Test
    void aLeaderWithoutAQuorumStepsDown() {
        ZabCluster cluster = ZabCluster.serving(3);
        BroadcastHost leader = cluster.leader();

        cluster.isolate(leader);
        cluster.runUntil("it looks", () -> leader.role() == Role.LOOKING);

        assertThat(leader.status().note()).isEqualTo("no word from a quorum of followers");
        assertThat(leader.broadcast().availability()).isEqualTo(Availability.NOT_LEADING);
    }

    @Test
    void aFollowerLeavesASilentLeader() {
        ZabScript follower = servingFollower();

        follower.tick(ZabCluster.TIMING.syncTicks() + 1);

        assertThat(follower.host.role()).isEqualTo(Role.LOOKING);
    }
}
