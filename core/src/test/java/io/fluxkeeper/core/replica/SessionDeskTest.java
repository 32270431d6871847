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
    void aWordThatWaitedWhenTheDeadlinePassedKeepsTheSession() {
        SessionId session = peer.session(5);
        long timeoutTicks = peer.state().session(session).timeoutMillis() / ReplicaHarness.TICK_MILLIS;
        peer.ticks((int) timeoutTicks);
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
        peer.drain(peer.from(new ReplicaMessage.Touches(ReplicaHarness.EPOCH, 3, List.of())));
        assertThat(peer.told(ReplicaMessage.TouchesCounted.class)).isEmpty();

        peer.proven();

        assertThat(peer.told(ReplicaMessage.TouchesCounted.class))
                .containsExactly(new ReplicaMessage.TouchesCounted(ReplicaHarness.EPOCH, 3, Zxid.ZERO));
    }

    /** Its client was silent, and spoke when the end was on its way: the lease must not be extended by that. */
    @Test
    void aHeartbeatIsRefusedIfTheEndOfItsSessionHadBeenLoggedWhenItWasCounted() {
        SessionId session = peer.session(5);
        peer.log(expiry(session));
        peer.drain(ReplicaHarness.asks(5, "heartbeat", new ClientRequest.Heartbeat(session)));
        peer.proven();
        assertThat(peer.reply("heartbeat")).isNull();

        peer.deliverAll();

        assertThat(peer.reply("heartbeat"))
                .isInstanceOfSatisfying(
                        ServerReply.Refused.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.SESSION_EXPIRED));
    }

    @Test
    void aFollowerConfirmsAHeartbeatOnceItHasAppliedWhatItsLeaderHadLogged() {
        SessionId session = peer.session(5);
        SessionId other = peer.session(6);
        peer.follows();
        peer.drain(
                ReplicaHarness.asks(5, "of one that lives", new ClientRequest.Heartbeat(session)),
                ReplicaHarness.asks(6, "of one that ended", new ClientRequest.Heartbeat(other)));
        peer.ticks(1);
        long sequence = peer.told(ReplicaMessage.Touches.class).get(0).sequence();
        Zxid logged = peer.log(expiry(other));

        peer.drain(peer.from(new ReplicaMessage.TouchesCounted(ReplicaHarness.EPOCH, sequence, logged)));
        assertThat(peer.reply("of one that lives")).isNull();
        peer.deliverAll();

        assertThat(peer.reply("of one that lives")).isEqualTo(new ServerReply.HeartbeatCounted(logged));
        assertThat(peer.reply("of one that ended")).isInstanceOf(ServerReply.Refused.class);
    }

    private Transaction expiry(SessionId session) {
        long generation = peer.state().session(session).generation();
        return new Transaction(
                0,
                new Transaction.Origin(ReplicaHarness.OTHER, 1, 0),
                new Transaction.ExpireSession(session, generation));
    }

    @Test
    void aLeaderThatIsDeposedConfirmsNoHeartbeatThatItCounted() {
        SessionId session = peer.session(5);
        peer.drain(ReplicaHarness.asks(5, "heartbeat", new ClientRequest.Heartbeat(session)));
        peer.looks();
        peer.ticks(ReplicaConfig.Bounds.DEFAULT.readWaitTicks());

        assertThat(peer.reply("heartbeat")).isInstanceOf(ServerReply.Refused.class);
    }
}
