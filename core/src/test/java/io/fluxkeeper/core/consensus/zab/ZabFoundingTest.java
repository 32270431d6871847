package io.fluxkeeper.core.consensus.zab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.consensus.BroadcastHost;
import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.DurableRecord.MembershipMark;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.Role;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How an ensemble is born, and what becomes of a peer that forgot (storage.md, "Founded"; 1.8, rule 8). */
class ZabFoundingTest {
    @Test
    void anEnsembleIsNotFoundedBeforeAllConfiguredPeersHaveAgreed() {
        ZabCluster cluster = new ZabCluster(3);
        cluster.host(1).start();
        cluster.host(2).start();
        cluster.connectAll();

        cluster.ticks(50);

        assertThat(cluster.host(1).status().membership()).isEqualTo(Membership.NONE);
        assertThat(cluster.host(1).role()).isEqualTo(Role.LOOKING);
        assertThat(cluster.host(2).sent(ZabMessage.Vote.class))
                .allSatisfy(vote -> assertThat(vote.candidate()).isNull());
    }

    @Test
    void theLowestPeersIdBecomesTheEnsembles() {
        ZabCluster cluster = ZabCluster.serving(3);

        assertThat(cluster.hosts()).allSatisfy(host -> {
            assertThat(host.disk().membership()).isEqualTo(Membership.FOUNDED);
            assertThat(host.disk().recover().ensembleId()).isEqualTo(1001);
        });
    }

    @Test
    void foundingIsTwoDurableSteps() {
        ZabCluster cluster = new ZabCluster(3);
        cluster.host(2).diskHeld = true;
        cluster.startAll();
        cluster.ticks(5);

        // Peer 2 has said FOUNDING to its disk, which has not answered: nobody may hear it.
        assertThat(cluster.host(1).status().membership()).isEqualTo(Membership.FOUNDING);
        assertThat(cluster.host(3).status().membership()).isEqualTo(Membership.FOUNDING);

        cluster.host(2).diskHeld = false;
        cluster.runUntil("founded", cluster::allServe);
        assertThat(marks(cluster.host(2))).containsExactly(Membership.FOUNDING, Membership.FOUNDED);
    }

    @Test
    void namedFoundersFoundWithoutTheOthers() {
        ZabCluster cluster = new ZabCluster(3);
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
        ZabCluster cluster = new ZabCluster(3);
        cluster.founders = Set.of(new PeerId(2), new PeerId(3));
        cluster.startAll();
        cluster.runUntil("all serve", cluster::allServe);

        cluster.runUntil("it votes", () -> cluster.host(1).disk().membership() == Membership.FOUNDED);

        assertThat(marks(cluster.host(1))).containsExactly(Membership.LEARNER, Membership.FOUNDED);
        assertThat(marks(cluster.host(2))).containsExactly(Membership.FOUNDING, Membership.FOUNDED);
    }

    @Test
    void aFounderDoesNotFoundWithoutTheOtherFounders() {
        ZabCluster cluster = new ZabCluster(3);
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
        ZabCluster cluster = new ZabCluster(3);
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
        ZabCluster cluster = new ZabCluster(3);
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
        ZabCluster cluster = new ZabCluster(3);
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
        ZabCluster cluster = ZabCluster.serving(3);
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
        ZabCluster cluster = ZabCluster.serving(3);
        BroadcastHost wiped = cluster.follower();
        BroadcastHost other = cluster.followers().get(1);
        cluster.crash(wiped);
        wiped.wipe();
        cluster.swallowed = (to, message) -> message instanceof ZabMessage.Admit;
        cluster.restart(wiped);
        cluster.runUntil("the learner serves", wiped::isServing);

        other.diskHeld = true;
        int before = cluster.canonical().size();
        cluster.commit("b");

        assertThat(wiped.broadcast().lastLogged()).isEqualTo(cluster.leader().broadcast().lastLogged());
        assertThat(cluster.canonical()).hasSize(before);

        other.diskHeld = false;
        cluster.settle();
        assertThat(cluster.canonical()).hasSize(before + 1);
    }

    @Test
    void aLearnerIsAdmittedOnlyByARoundThatBeganAfterItHadEverything() {
        ZabCluster cluster = ZabCluster.serving(3);
        BroadcastHost wiped = cluster.follower();
        cluster.crash(wiped);
        wiped.wipe();
        cluster.swallowed = (to, message) -> message instanceof ZabMessage.Pong;
        cluster.restart(wiped);
        cluster.runUntil("the learner serves", wiped::isServing);
        cluster.ticks(ZabCluster.TIMING.pingTicks() + 1);
        assertThat(wiped.status().membership()).isEqualTo(Membership.LEARNER);

        cluster.swallowed = (to, message) -> false;
        cluster.ticks(ZabCluster.TIMING.pingTicks() + 1);
        assertThat(wiped.status().membership()).isEqualTo(Membership.FOUNDED);
    }

    @Test
    void anAdmittedLearnerCounts() {
        ZabCluster cluster = ZabCluster.serving(3);
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
        ZabCluster cluster = ZabCluster.serving(3);
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
        ZabCluster cluster = new ZabCluster(2);
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
