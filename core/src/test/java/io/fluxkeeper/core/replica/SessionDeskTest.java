package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.protocol.ClientRequest;
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
}
