package io.fluxkeeper.server.peer;

import static io.fluxkeeper.server.peer.TestPeer.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Ensemble;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.netty.resources.LoopResources;

/** Whose data directory is of another ensemble: a majority says so, and never a single stray. */
class ForeignPeersTest {
    private static final long OTHER = 0xabc;

    private static LoopResources loops;

    private final List<String> outvoted = new ArrayList<>();

    @BeforeAll
    static void openLoops() {
        loops = LoopResources.create("test-foreign", 1, true);
    }

    @AfterAll
    static void closeLoops() {
        loops.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block(TestPeer.WAIT);
    }

    @Test
    void oneStrayOutvotesNobodyHoweverOftenItComes() {
        ForeignPeers foreign = peerOne(3);

        foreign.heard(new PeerId(3), OTHER);
        foreign.heard(new PeerId(3), OTHER);

        assertThat(outvoted).isEmpty();
    }

    @Test
    void aQuorumOfOneOtherEnsembleOutvotesAPeerOnce() {
        ForeignPeers foreign = peerOne(5);

        foreign.heard(new PeerId(3), OTHER);
        foreign.heard(new PeerId(5), OTHER);
        assertThat(outvoted).isEmpty();
        foreign.heard(new PeerId(4), OTHER);
        foreign.heard(new PeerId(2), OTHER);

        assertThat(outvoted)
                .containsExactly("belongs to the ensemble 7, and the peers [3, 4, 5] to the ensemble abc:"
                        + " correct the ensemble or the data directory.");
    }

    @Test
    void straysOfSeveralEnsemblesDoNotAddUp() {
        ForeignPeers foreign = peerOne(3);

        foreign.heard(new PeerId(2), OTHER);
        foreign.heard(new PeerId(3), OTHER + 1);

        assertThat(outvoted).isEmpty();
    }

    @Test
    void aStrayThatWasCorrectedCountsNoMore() {
        ForeignPeers foreign = peerOne(3);

        foreign.heard(new PeerId(2), OTHER);
        foreign.linked(new PeerId(2));
        foreign.heard(new PeerId(3), OTHER);

        assertThat(outvoted).isEmpty();
    }

    /** Peer 3 hears it as the one that dials, peer 1 as the one that is dialled. */
    @Test
    void theStrayAmongThreePeersLearnsItAndTheOthersStayLinked() {
        for (int strayId : new int[] {1, 3}) {
            Map<Integer, InetSocketAddress> addresses = TestPeer.addresses();
            List<TestPeer> peers = new ArrayList<>();
            for (int id = 1; id <= 3; id++) {
                TestPeer.Options options = new TestPeer.Options();
                options.ensembleId = id == strayId ? OTHER : 7;
                peers.add(new TestPeer(id, loops, options).start(addresses));
            }
            TestPeer stray = peers.remove(strayId - 1);
            List<Integer> others = peers.stream().map(peer -> peer.id).toList();

            await().until(() -> !stray.outvoted.isEmpty());
            await().until(() -> peers.get(0).mailbox.upLink(others.get(1)) != 0);

            assertThat(stray.outvoted)
                    .containsExactly("belongs to the ensemble abc, and the peers " + others + " to the ensemble 7:"
                            + " correct the ensemble or the data directory.");
            assertThat(peers).allSatisfy(peer -> assertThat(peer.outvoted).isEmpty());
            assertThat(stray.mailbox.all()).isEmpty();
            stray.close();
            peers.forEach(TestPeer::close);
        }
    }

    /** As when the configuration of one ensemble is copied to another: the first one must not notice. */
    @Test
    void whatSecondProcessesOfLinkedPeersSayDoesNotCount() {
        TestPeer.Options ours = new TestPeer.Options();
        TestPeer.Options theirs = new TestPeer.Options();
        theirs.ensembleId = OTHER;
        Map<Integer, InetSocketAddress> addresses = TestPeer.addresses();
        try (TestPeer one = new TestPeer(1, loops, ours).start(addresses);
                TestPeer two = new TestPeer(2, loops, ours).start(addresses);
                TestPeer three = new TestPeer(3, loops, ours).start(addresses)) {
            await().until(() -> one.mailbox.upLink(2) != 0 && one.mailbox.upLink(3) != 0);
            Map<Integer, InetSocketAddress> copied = TestPeer.addresses();
            copied.put(1, addresses.get(1));
            try (TestPeer secondTwo = new TestPeer(2, loops, theirs).start(copied);
                    TestPeer secondThree = new TestPeer(3, loops, theirs).start(copied)) {
                await().until(() -> secondTwo.dials(1) > 2 && secondThree.dials(1) > 2);
            }
            assertThat(one.outvoted).isEmpty();
            assertThat(two.mailbox.upLink(1)).isNotZero();
            assertThat(one.mailbox.upLink(3)).isNotZero();
            assertThat(three.mailbox.upLink(1)).isNotZero();
        }
    }

    private ForeignPeers peerOne(int peers) {
        return new ForeignPeers(
                new Ensemble(
                        new PeerId(1),
                        IntStream.rangeClosed(1, peers).mapToObj(PeerId::new).toList()),
                () -> 7,
                outvoted::add);
    }
}
