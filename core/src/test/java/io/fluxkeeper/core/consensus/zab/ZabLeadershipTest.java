package io.fluxkeeper.core.consensus.zab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.BroadcastHost;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.Role;
import org.junit.jupiter.api.Test;

/** Election (1.2). Hand-over and read indexes are in the contract of all algorithms. */
class ZabLeadershipTest {
    @Test
    void theGreatestHistoryWinsNotTheGreatestId() {
        ZabCluster cluster = ZabCluster.serving(3);
        BroadcastHost behind = cluster.leader();
        cluster.crash(behind);
        cluster.runUntil(
                "the others serve",
                () -> cluster.hosts().stream().filter(host -> host != behind).allMatch(BroadcastHost::isServing));
        cluster.commit("a");
        cluster.hosts().stream().filter(BroadcastHost::isUp).forEach(cluster::crash);

        cluster.hosts().forEach(BroadcastHost::start);
        cluster.connectAll();
        cluster.runUntil("all serve", cluster::allServe);

        assertThat(behind.id()).isEqualTo(ZabScript.THREE);
        assertThat(cluster.leader()).isNotSameAs(behind);
        assertThat(cluster.allDelivered()).isTrue();
    }

    @Test
    void anElectionInWhichAllReachableAgreeTakesNoTick() {
        ZabCluster cluster = ZabCluster.serving(3);
        BroadcastHost old = cluster.leader();

        cluster.crash(old);
        cluster.settle();

        assertThat(cluster.leader()).isNotSameAs(old);
    }

    @Test
    void anElectionTakesNoTickThoughTheGreaterVoterLooksBeforeTheOther() {
        ZabCluster cluster = ZabCluster.serving(3);
        BroadcastHost old = cluster.leader();
        BroadcastHost first = cluster.host(2); // of equal histories the greater id wins
        BroadcastHost second = cluster.host(1);
        cluster.cut(first, old);
        cluster.settle();
        assertThat(first.role()).isEqualTo(Role.LOOKING);
        assertThat(second.role()).isEqualTo(Role.FOLLOWING);

        cluster.crash(old);
        cluster.settle();

        assertThat(cluster.leader()).isSameAs(first);
    }

    @Test
    void aReachableVoterThatDoesNotAgreeIsWaitedForButNotForever() {
        ZabScript peer = ZabScript.peer(3, 0, 0).link(ZabScript.TWO);
        peer.link(ZabScript.ONE);
        ZabMessage.Vote vote = new ZabMessage.Vote(Role.LOOKING, 1, new Candidate(0, Zxid.ZERO, ZabScript.THREE));

        peer.receive(ZabScript.ONE, vote);
        assertThat(peer.host.role()).isEqualTo(Role.LOOKING);

        peer.tick(ZabCluster.TIMING.finalizeTicks());
        assertThat(peer.host.role()).isEqualTo(Role.LEADING);
    }

    @Test
    void whoeverFollowsThisPeerInThisRoundHasVotedForIt() {
        ZabScript peer = ZabScript.peer(3, 0, 0).link(ZabScript.ONE).link(ZabScript.TWO);
        Candidate self = new Candidate(0, Zxid.ZERO, ZabScript.THREE);

        peer.receive(ZabScript.ONE, new ZabMessage.Vote(Role.FOLLOWING, 1, self));
        assertThat(peer.host.role()).isEqualTo(Role.LOOKING); // the other one is waited for

        peer.receive(ZabScript.TWO, new ZabMessage.Vote(Role.FOLLOWING, 1, self));
        assertThat(peer.host.role()).isEqualTo(Role.LEADING);
    }

    @Test
    void whoeverFollowedThisPeerInAnEarlierRoundHasNotVotedInThisOne() {
        ZabScript peer = ZabScript.peer(3, 0, 0).link(ZabScript.ONE);
        Candidate self = new Candidate(0, Zxid.ZERO, ZabScript.THREE);

        peer.receive(ZabScript.ONE, new ZabMessage.Vote(Role.FOLLOWING, 0, self));

        assertThat(peer.host.role()).isEqualTo(Role.LOOKING);
    }

    @Test
    void aQuorumThatPromisedTheEpochInBrokenStaysIsOfferedTheNextOne() {
        ZabScript peer = ZabScript.peer(3, 0, 0).electSelf(ZabScript.TWO, 0).persistAll();
        assertThat(peer.sent(ZabMessage.LeaderInfo.class)).hasSize(1);

        peer.receive(ZabScript.TWO, new ZabMessage.FollowerInfo(ZabScript.ENSEMBLE, 2, 1, true));
        assertThat(peer.host.role()).isEqualTo(Role.LOOKING);

        Candidate self = new Candidate(0, Zxid.ZERO, ZabScript.THREE);
        peer.receive(ZabScript.TWO, new ZabMessage.Vote(Role.LOOKING, 2, self));
        peer.receive(ZabScript.TWO, new ZabMessage.FollowerInfo(ZabScript.ENSEMBLE, 3, 1, true));
        peer.persistAll();
        assertThat(peer.sent(ZabMessage.LeaderInfo.class))
                .last()
                .satisfies(info -> assertThat(info.bond().epoch()).isEqualTo(2));
    }

    @Test
    void anEpochThatAQuorumCanStillPromiseIsGoneOnWith() {
        ZabScript peer = ZabScript.peer(3, 0, 0).electSelf(ZabScript.TWO, 0).persistAll();
        peer.link(ZabScript.ONE).receive(ZabScript.ONE, new ZabMessage.FollowerInfo(ZabScript.ENSEMBLE, 1, 0, true));

        peer.receive(ZabScript.TWO, new ZabMessage.FollowerInfo(ZabScript.ENSEMBLE, 2, 1, true));

        assertThat(peer.host.role()).isEqualTo(Role.LEADING);
    }

    @Test
    void aLookingPeerJoinsALeaderOnlyByItsOwnWordAndThatOfAQuorum() {
        ZabLimits limits = ZabCluster.LIMITS;
        ZabCluster five = new ZabCluster(5, ZabCluster.TIMING, limits);
        BroadcastHost host = five.host(1);
        host.disk().found(1);
        host.start();
        for (int other = 2; other <= 5; other++) {
            PeerId id = new PeerId(other);
            host.handle(new Input.LinkUp(id, other));
        }
        Candidate leader = new Candidate(3, Zxid.of(3, 1), new PeerId(5));
        host.handle(new Input.Received(new PeerId(3), 3, new ZabMessage.Vote(Role.FOLLOWING, 4, leader)));
        host.handle(new Input.Received(new PeerId(4), 4, new ZabMessage.Vote(Role.FOLLOWING, 4, leader)));
        assertThat(host.role()).isEqualTo(Role.LOOKING);

        host.handle(new Input.Received(new PeerId(5), 5, new ZabMessage.Vote(Role.LEADING, 4, leader)));
        assertThat(host.role()).isEqualTo(Role.FOLLOWING);
    }

    @Test
    void followersOfALeaderThatCrashesGoOnAtOnceWithTheOther() {
        ZabCluster cluster = ZabCluster.serving(5);
        cluster.commit("a");
        cluster.crash(cluster.leader());
        cluster.settle();
        cluster.crash(cluster.leader());
        cluster.settle();

        cluster.commit("b");

        assertThat(cluster.leader().applied()).hasSize(2);
    }

    @Test
    void timingAndLimitsThatContradictThemselvesAreRefusedInWords() {
        assertThatThrownBy(() -> new ZabTiming(5, 3, 3, 10, 20, 20, 200, 20))
                .hasMessage("syncTicks (10) must exceed two pingTicks (5)");
        assertThatThrownBy(() -> new ZabLimits(100, 100, 150, 0, 0, 0, 1, 1, 1)).hasMessageContaining("stageBytesMax");
    }
}
