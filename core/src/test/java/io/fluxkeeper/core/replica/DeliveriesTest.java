package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.CreateMode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When what is delivered is executed. */
class DeliveriesTest {
    private static final long HERE = 1;

    private final ReplicaHarness peer = new ReplicaHarness().leads();

    @Test
    void whatADrainDeliversIsExecutedByTheNextSoThatItsMessagesLeaveFirst() {
        peer.drain(asks("a"));
        peer.broadcastEmits(peer.deliverOldest(), peer.send());
        List<ReplicaEffect> first = new ArrayList<>();
        peer.replica.handle(tick(), 0, first);
        peer.replica.endOfDrain(first);

        assertThat(first).hasSize(1).hasOnlyElementsOfType(ReplicaEffect.SendFrame.class);
        assertThat(peer.replica.hasMoreToDo()).isTrue();

        List<ReplicaEffect> second = new ArrayList<>();
        peer.replica.endOfDrain(second);

        assertThat(second)
                .hasOnlyElementsOfTypes(ReplicaEffect.Reply.class, ReplicaEffect.Fold.class)
                .hasSize(2);
        assertThat(peer.replica.hasMoreToDo()).isFalse();
    }

    @Test
    void aWriteThatIsDeliveredIsAnsweredThoughItsLeaderIsLostInTheSameDrain() {
        peer.drain(asks("a"));
        peer.broadcastEmits(peer.deliverOldest(), peer.lost());
        peer.drain(tick());

        assertThat(peer.reply("a")).isInstanceOf(ServerReply.Created.class);
    }

    @Test
    void soIsOneThatWasDeliveredByTheDrainBefore() {
        peer.drain(asks("a"));
        peer.broadcastEmits(peer.deliverOldest());
        List<ReplicaEffect> effects = new ArrayList<>();
        peer.replica.handle(tick(), 0, effects);
        peer.replica.endOfDrain(effects);
        assertThat(effects).isEmpty();
        peer.broadcastEmits(peer.lost());
        peer.replica.handle(tick(), 0, effects);

        assertThat(effects).hasSize(2);
        assertThat(effects.get(0))
                .isInstanceOfSatisfying(
                        ReplicaEffect.Reply.class,
                        reply -> assertThat(reply.reply()).isInstanceOf(ServerReply.Created.class));
        assertThat(effects.get(1)).isInstanceOf(ReplicaEffect.StatusChanged.class);
    }

    @Test
    void theStoreIsGivenTheChainOfWhatWasExecutedNotOfWhatIsDelivered() {
        peer.drain(asks("a"), asks("b"));
        Effect.Deliver first = peer.deliverOldest();
        peer.broadcastEmits(first);
        peer.replica.handle(tick(), 0, new ArrayList<>());
        peer.replica.endOfDrain(new ArrayList<>());
        peer.broadcastEmits(peer.deliverOldest()); // at the end of the drain that executes the first
        List<ReplicaEffect> effects = new ArrayList<>();
        peer.replica.endOfDrain(effects);

        assertThat(effects.get(1)).isInstanceOfSatisfying(ReplicaEffect.Fold.class, fold -> {
            assertThat(fold.delta().applied()).isEqualTo(first.entry().zxid());
            assertThat(fold.delta().chain()).isEqualTo(first.entry().chain());
        });
    }

    @Test
    void whatIsDeliveredIsAnsweredBeforeThePeerStops() {
        peer.drain(asks("a"));
        peer.broadcastEmits(peer.deliverOldest(), new Effect.HandOverDone());
        List<ReplicaEffect> effects = new ArrayList<>();
        peer.replica.handle(new ReplicaInput.ShutDown(), 0, effects);

        assertThat(effects).hasSize(2);
        assertThat(effects.get(0)).isInstanceOf(ReplicaEffect.Reply.class);
        assertThat(effects.get(1)).isInstanceOf(ReplicaEffect.ReadyToStop.class);
    }

    @Test
    void aPeerThatHandsOverForItsDisksSakeGoesOn() {
        peer.broadcastEmits(new Effect.HandOverDone());
        List<ReplicaEffect> effects = new ArrayList<>();
        peer.replica.handle(tick(), 0, effects);

        assertThat(effects).isEmpty();
    }

    /** The digest of the state that is installed is that of its rows: none of those before may be added to it. */
    @Test
    void whatIsDeliveredBeforeAStateIsInstalledIsAnsweredAndNotStoredInIt() {
        StateHarness leaders = new StateHarness();
        leaders.open();
        leaders.open();
        peer.drain(asks("a"));
        peer.broadcastEmits(
                peer.deliverOldest(), new Effect.InstallState(9, "state", leaders.zxid, leaders.state.digest()));
        List<ReplicaEffect> effects = new ArrayList<>();
        peer.replica.handle(
                new ReplicaInput.StateFetched(
                        new Input.StateFetched(9, "state", leaders.zxid, 0, leaders.state.digest()), leaders.state),
                0,
                effects);
        peer.replica.endOfDrain(effects);

        assertThat(effects).hasSize(2);
        assertThat(effects.get(0)).isInstanceOf(ReplicaEffect.Reply.class);
        assertThat(effects.get(1)).isInstanceOf(ReplicaEffect.StateTransfer.class);
        assertThat(peer.replica.hasMoreToDo()).isFalse();
        assertThat(peer.replica.view().applied()).isEqualTo(leaders.zxid);
    }

    /** A write of no session: handed in again, it might be executed twice. */
    private static ReplicaInput asks(String name) {
        return ReplicaHarness.asks(
                HERE, name, new ClientRequest.Create("/" + name, new byte[0], CreateMode.PERSISTENT, null, null));
    }

    private static ReplicaInput tick() {
        return new ReplicaInput.Consensus(new Input.Tick());
    }
}
