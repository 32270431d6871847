package io.fluxkeeper.core.consensus.zab;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.consensus.BroadcastHost;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Membership;
import org.junit.jupiter.api.Test;

class ZabBroadcastTest {
    @Test
    void threeNewPeersFoundAnEnsembleElectALeaderAndDeliverEverywhere() {
        ZabCluster cluster = ZabCluster.serving(3);

        Zxid zxid = cluster.commit("a");
        cluster.ticks(2);

        assertThat(zxid).isEqualTo(Zxid.of(1, 1));
        assertThat(cluster.hosts()).allSatisfy(host -> {
            assertThat(host.appliedZxids()).containsExactly(Zxid.of(1, 1));
            assertThat(host.status().membership()).isEqualTo(Membership.FOUNDED);
        });
    }

    @Test
    void aOnePeerEnsembleFoundsItselfAndLeads() {
        ZabCluster cluster = ZabCluster.serving(1);

        cluster.commit("a");

        assertThat(cluster.leader().status().epoch()).isEqualTo(1);
        assertThat(cluster.leader().appliedZxids()).containsExactly(Zxid.of(1, 1));
    }

    @Test
    void afterTheLeaderCrashesTheOthersElectANewOneAndGoOn() {
        ZabCluster cluster = ZabCluster.serving(3);
        cluster.commit("a");
        BroadcastHost old = cluster.leader();

        cluster.crash(old);
        cluster.runUntil(
                "the others serve",
                () -> cluster.hosts().stream().filter(h -> h != old).allMatch(BroadcastHost::isServing));
        cluster.commit("b");
        cluster.restart(old);
        cluster.runUntil("all have all", () -> cluster.allServe() && cluster.allDelivered());

        assertThat(old.appliedZxids()).containsExactly(Zxid.of(1, 1), Zxid.of(2, 1));
    }
}
