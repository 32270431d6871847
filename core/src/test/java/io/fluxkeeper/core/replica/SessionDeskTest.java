package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sessions that are kept alive, and those that are not. */
class SessionDeskTest {
    private static final ReplicaInput TICK = new ReplicaInput.Consensus(new Input.Tick());

    private final ReplicaHarness peer = new ReplicaHarness().leads();

    @Test
    void aSilentSessionIsExpired() {
        peer.session(5);
        peer.ticks(1_000);
        assertThat(peer.proposals())
                .isNotEmpty()
                .allMatch(transaction -> transaction.body() instanceof Transaction.ExpireSession);
    }

    @Test
    void sessionsWhoseEndThereIsNoRoomForEndAsSoonAsThereIs() {
        SessionId first = peer.session(5);
        peer.session(6);
        peer.session(7);
        peer.hasRoomFor(2);

        peer.ticks(timeoutTicks(first) + 1);
        assertThat(peer.proposed()).isEqualTo(2);
        peer.deliverAll();
        peer.ticks(1);

        assertThat(peer.proposed()).isEqualTo(1);
        peer.deliverAll();
        assertThat(peer.state().sessions()).isEmpty();
    }

    @Test
    void anEndThatIsUnderWayIsProposedAgainOnlyAfterAnotherTimeout() {
        int timeoutTicks = timeoutTicks(peer.session(5));

        peer.ticks(timeoutTicks + 1);
        assertThat(peer.proposed()).isEqualTo(1);
        peer.ticks(timeoutTicks);
        assertThat(peer.proposed()).isEqualTo(1);
        peer.ticks(1);
        assertThat(peer.proposed()).isEqualTo(2);
    }

    @Test
    void aWordThatWaitedWhenTheDeadlinePassedKeepsTheSession() {
        SessionId session = peer.session(5);
        peer.ticks(timeoutTicks(session));
        assertThat(peer.proposed()).isZero();

        peer.drain(TICK, ReplicaHarness.asks(5, "heartbeat", new ClientRequest.Heartbeat(session)));

        assertThat(peer.proposed()).isZero();
    }

    @Test
    void aHeartbeatIsAnsweredOnceAQuorumHasConfirmedTheLeaderThatCountedIt() {
        SessionId session = peer.session(5);
        peer.drain(ReplicaHarness.asks(5, "heartbeat", new ClientRequest.Heartbeat(session)));
        assertThat(peer.reply("heartbeat")).isNull();

        peer.proven();

        assertThat(peer.reply("heartbeat")).isInstanceOf(ServerReply.HeartbeatCounted.class);
    }

    @Test
    void aFollowersTouchesAreConfirmedOnceAQuorumHasConfirmedTheLeaderThatCountedThem() {
        peer.session(5);
        peer.drain(peer.from(new ReplicaMessage.Touches(ReplicaHarness.EPOCH, 3, List.of())));
        assertThat(peer.told(ReplicaMessage.TouchesCounted.class)).isEmpty();

        peer.proven();

        assertThat(peer.told(ReplicaMessage.TouchesCounted.class))
                .containsExactly(new ReplicaMessage.TouchesCounted(
                        ReplicaHarness.EPOCH, 3, peer.state().applied()));
    }

    /** Found by seed 1016: a peer that had stood still confirmed a heartbeat, and knew that the session had expired. */
    @Test
    void aHeartbeatOfASessionWhoseExpiryWasOnItsWayIsToldThatItIsOver() {
        SessionId session = peer.session(5);
        long generation = peer.state().session(session).generation();
        peer.follows();
        peer.drain(ReplicaHarness.asks(5, "heartbeat", new ClientRequest.Heartbeat(session)));
        peer.drain(TICK);
        long sequence = peer.told(ReplicaMessage.Touches.class).get(0).sequence();
        Zxid expiry = peer.state().applied().next();

        peer.drain(peer.from(new ReplicaMessage.TouchesCounted(ReplicaHarness.EPOCH, sequence, expiry)));
        assertThat(peer.reply("heartbeat")).isNull();
        peer.deliver(StateHarness.transaction(2_000, new Transaction.ExpireSession(session, generation)));

        assertThat(peer.reply("heartbeat"))
                .isInstanceOfSatisfying(
                        ServerReply.Refused.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.SESSION_EXPIRED));
    }

    @Test
    void aLeaderThatIsDeposedConfirmsNoHeartbeatThatItCounted() {
        SessionId session = peer.session(5);
        peer.drain(ReplicaHarness.asks(5, "heartbeat", new ClientRequest.Heartbeat(session)));
        peer.looks();
        peer.ticks(ReplicaConfig.Bounds.DEFAULT.readWaitTicks());

        assertThat(peer.reply("heartbeat")).isInstanceOf(ServerReply.Refused.class);
    }

    private int timeoutTicks(SessionId session) {
        return peer.state().session(session).timeoutMillis() / ReplicaHarness.TICK_MILLIS;
    }
}
