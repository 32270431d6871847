package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.replica.ReplicaMessage.DigestRefuted;
import io.fluxkeeper.core.replica.ReplicaMessage.DigestTold;
import io.fluxkeeper.core.session.EnsembleSettings;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Peers' states are compared, and whoever differs from a quorum is told so. Of the ensemble's three, this is one. */
class DigestDeskTest {
    private static final long EPOCH = ReplicaHarness.EPOCH;
    private static final PeerId THIRD = new PeerId(3);
    private static final long THIRD_LINK = 9;

    private final ReplicaHarness peer = new ReplicaHarness();

    @Test
    void aFollowerTellsItsDigestAtEachInterval() {
        peer.follows();
        Zxid first = execute(DigestDesk.INTERVAL);
        long digest = peer.state().digest();
        Zxid second = execute(DigestDesk.INTERVAL);

        assertThat(peer.told(DigestTold.class))
                .containsExactly(
                        new DigestTold(EPOCH, first, digest),
                        new DigestTold(EPOCH, second, peer.state().digest()));
    }

    @Test
    void aFollowerThatDiffersFromTheOthersIsToldSo() {
        peer.leads();
        Zxid at = execute(DigestDesk.INTERVAL);
        long digest = peer.state().digest();

        othersTell(new DigestTold(EPOCH, at, digest + 1), new DigestTold(EPOCH, at, digest));

        assertThat(peer.told(DigestRefuted.class)).containsExactly(new DigestRefuted(EPOCH, at, digest));
        assertThat(peer.asked(ReplicaEffect.StateDiverged.class)).isEmpty();
    }

    @Test
    void aFollowerThatIsAheadIsComparedWhenThisPeerHasCaughtUp() {
        peer.leads();
        Zxid at = Zxid.of(EPOCH, DigestDesk.INTERVAL);
        othersTell(new DigestTold(EPOCH, at, 1), new DigestTold(EPOCH, at, 1));
        assertThat(peer.asked(ReplicaEffect.StateDiverged.class)).isEmpty();

        execute(DigestDesk.INTERVAL);

        assertThat(peer.asked(ReplicaEffect.StateDiverged.class)).hasSize(1);
    }

    @Test
    void aLeaderThatDiffersFromAQuorumGoesAndRefutesNobody() {
        peer.leads();
        Zxid at = execute(DigestDesk.INTERVAL);
        long digest = peer.state().digest();

        othersTell(new DigestTold(EPOCH, at, digest + 1), new DigestTold(EPOCH, at, digest + 1));

        assertThat(peer.asked(ReplicaEffect.StateDiverged.class)).containsExactly(new ReplicaEffect.StateDiverged(at));
        assertThat(peer.told(DigestRefuted.class)).isEmpty();
    }

    @Test
    void withoutAQuorumNobodyIsWrongAndItIsSaidOnce() {
        peer.leads();
        Zxid at = execute(DigestDesk.INTERVAL);
        long digest = peer.state().digest();

        othersTell(new DigestTold(EPOCH, at, digest + 1), new DigestTold(EPOCH, at, digest + 2));

        assertThat(peer.asked(ReplicaEffect.StatesDiffer.class))
                .containsExactly(new ReplicaEffect.StatesDiffer(at, List.of(ReplicaHarness.OTHER)));
        assertThat(peer.asked(ReplicaEffect.StateDiverged.class)).isEmpty();
        assertThat(peer.told(DigestRefuted.class)).isEmpty();

        peer.looks();
        peer.leads();
        othersTell(new DigestTold(EPOCH, at, digest + 1), new DigestTold(EPOCH, at, digest + 2));
        assertThat(peer.asked(ReplicaEffect.StatesDiffer.class))
                .as("once for each time that it leads")
                .hasSize(2);
    }

    @Test
    void whatIsRefutedOfAStateThatWasReplacedIsNotThisOnes() {
        peer.follows();
        Zxid at = execute(DigestDesk.INTERVAL);
        long digest = peer.state().digest();
        StateMachine leaders = new StateMachine(EnsembleSettings.DEFAULT, at.next());
        peer.broadcastEmits(new Effect.InstallState(9, "state", leaders.applied(), leaders.digest()));
        peer.drain(new ReplicaInput.StateFetched(
                new Input.StateFetched(9, "state", leaders.applied(), 0, leaders.digest()), leaders));

        peer.drain(peer.from(new DigestRefuted(EPOCH, at, digest + 1)));

        assertThat(peer.asked(ReplicaEffect.StateDiverged.class)).isEmpty();
    }

    @Test
    void aRefutedFollowerGoesOnceAndOneThatHasTheDigestStays() {
        peer.follows();
        Zxid at = execute(DigestDesk.INTERVAL);
        long digest = peer.state().digest();

        peer.drain(peer.from(new DigestRefuted(EPOCH, at, digest)));
        peer.drain(peer.from(new DigestRefuted(EPOCH, at.next(), digest + 1)));
        assertThat(peer.asked(ReplicaEffect.StateDiverged.class)).isEmpty();

        peer.drain(peer.from(new DigestRefuted(EPOCH, at, digest + 1)));
        peer.drain(peer.from(new DigestRefuted(EPOCH, at, digest + 1)));
        assertThat(peer.asked(ReplicaEffect.StateDiverged.class)).containsExactly(new ReplicaEffect.StateDiverged(at));
    }

    @Test
    void whatIsLongPastIsNotCompared() {
        peer.leads();
        Zxid first = execute(DigestDesk.INTERVAL);
        execute(64 * DigestDesk.INTERVAL);

        othersTell(new DigestTold(EPOCH, first, 1), new DigestTold(EPOCH, first, 1));

        assertThat(peer.asked(ReplicaEffect.StateDiverged.class)).isEmpty();
    }

    @Test
    void whatWasToldAnEarlierLeaderOfThisPeerIsForgotten() {
        peer.leads();
        Zxid next = Zxid.of(1, DigestDesk.INTERVAL);
        othersTell(new DigestTold(EPOCH, next, 1), new DigestTold(EPOCH, next, 1));
        peer.looks();
        peer.leads();

        assertThat(execute(DigestDesk.INTERVAL)).isEqualTo(next);

        assertThat(peer.asked(ReplicaEffect.StateDiverged.class)).isEmpty();
    }

    private void othersTell(DigestTold other, DigestTold third) {
        peer.consensus(new Input.LinkUp(THIRD, THIRD_LINK));
        peer.drain(peer.from(other));
        peer.consensus(new Input.Received(THIRD, THIRD_LINK, third));
    }

    /** @return the last one */
    private Zxid execute(int transactions) {
        Zxid last = Zxid.ZERO;
        for (int i = 0; i < transactions; i++) {
            last = peer.deliver(new Transaction(
                    0,
                    new Transaction.Origin(ReplicaHarness.OTHER, 1, i),
                    new Transaction.OpenSession(1_000, new byte[32])));
        }
        return last;
    }
}
