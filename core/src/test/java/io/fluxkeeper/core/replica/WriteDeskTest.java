package io.fluxkeeper.core.replica;

import static io.fluxkeeper.core.replica.ReplicaHarness.EPOCH;
import static io.fluxkeeper.core.replica.ReplicaHarness.OTHER;
import static io.fluxkeeper.core.replica.ReplicaHarness.asks;
import static io.fluxkeeper.core.replica.ReplicaHarness.create;
import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.replica.ReplicaMessage.ForwardedRequest;
import io.fluxkeeper.core.replica.ReplicaMessage.RequestRefused;
import io.fluxkeeper.core.znode.CreateMode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A request's way into the log, where sessions move and leaders change. */
class WriteDeskTest {
    private final ReplicaHarness peer = new ReplicaHarness();

    @Test
    void aLateWriteOfTheAttachmentBeforeDoesNotKeepTheSameWriteOfTheNewOneOut() {
        peer.leads();
        long moved = openedElsewhere(1, new byte[32]).value();
        SessionId session = new SessionId(moved);
        long generation = attachedElsewhere(session).value();

        peer.drain(peer.from(forwarded(10, session, moved, 1)), peer.from(forwarded(11, session, generation, 1)));
        assertThat(peer.proposed()).isEqualTo(2);
        peer.deliverAll();

        assertThat(peer.replica.view().znodes()).isEqualTo(znodesAtFirst() + 1);
    }

    @Test
    void aNumberThatWasRefusedWithoutBeingTakenMayComeAgain() {
        peer.leads();
        SessionId session = new SessionId(openedElsewhere(1, new byte[32]).value());
        long generation = session.value();
        // Proposed before this leader had applied the attachment that makes it stale.
        peer.log(new Transaction(0, new Transaction.Origin(OTHER, 1, 2), attach(session)));
        peer.drain(peer.from(forwarded(10, session, generation, 1)));
        peer.deliverAll();
        long now = session(session).generation();
        assertThat(now).isGreaterThan(generation);

        peer.drain(peer.from(forwarded(11, session, now, 1)), peer.from(forwarded(12, session, now, 2)));

        assertThat(peer.told(RequestRefused.class)).isEmpty();
        assertThat(peer.proposed()).isEqualTo(2);
    }

    @Test
    void aWriteThatIsUnderWayIsNotProposedTwiceAndBothRequestsAreAnswered() {
        peer.leads();
        SessionId session = peer.session(5);
        peer.drain(asks(5, "first", create("/a", session, 1)));
        peer.drain(asks(5, "again", create("/a", session, 1)));
        assertThat(peer.proposed()).isEqualTo(1);

        peer.deliverAll();

        assertThat(peer.reply("first")).isInstanceOf(ServerReply.Created.class);
        assertThat(peer.reply("again")).isInstanceOf(ServerReply.Created.class);
        assertThat(peer.replica.view().pendingWrites()).isZero();
    }

    @Test
    void whatCameBeforeTheLeaderWasReadyGoesInBeforeWhatComesThen() {
        SessionId session = new SessionId(openedElsewhere(1, new byte[32]).value());
        peer.log(new Transaction(
                0, new Transaction.Origin(OTHER, 1, 5), new Transaction.OpenSession(1_000, new byte[32])));
        peer.leads();
        peer.drain(peer.from(forwarded(10, session, session.value(), 1)));
        assertThat(peer.proposed()).as("the initial history is not applied yet").isEqualTo(1);

        peer.deliverThen(peer.from(forwarded(11, session, session.value(), 2)));

        assertThat(peer.told(RequestRefused.class)).isEmpty();
        assertThat(peer.proposals())
                .extracting(transaction -> transaction.body().stamp().cxid())
                .containsExactly(1L, 2L);
    }

    @Test
    void whatAClientAskedBeforeTheLeaderWasReadyGoesInBeforeWhatItAsksThen() {
        peer.leads();
        SessionId session = peer.session(5);
        peer.log(new Transaction(
                0, new Transaction.Origin(OTHER, 1, 5), new Transaction.OpenSession(1_000, new byte[32])));
        peer.looks();
        peer.leads();
        peer.drain(asks(5, "first", create("/a", session, 1)));

        peer.deliverThen(asks(5, "second", create("/b", session, 2)));
        peer.deliverAll();

        assertThat(peer.reply("first")).isInstanceOf(ServerReply.Created.class);
        assertThat(peer.reply("second")).isInstanceOf(ServerReply.Created.class);
    }

    private long znodesAtFirst() {
        return new StateMachine().znodeCount();
    }

    private StateMachine.SessionView session(SessionId session) {
        return peer.state().session(session);
    }

    private Zxid openedElsewhere(long number, byte[] passwordHash) {
        return peer.deliver(new Transaction(
                0, new Transaction.Origin(OTHER, 1, number), new Transaction.OpenSession(1_000, passwordHash)));
    }

    private Zxid attachedElsewhere(SessionId session) {
        return peer.deliver(new Transaction(0, new Transaction.Origin(OTHER, 1, 2), attach(session)));
    }

    private static Transaction.Body attach(SessionId session) {
        return new Transaction.AttachSession(session, new byte[32]);
    }

    private static ForwardedRequest forwarded(long number, SessionId session, long generation, long cxid) {
        Operation create = new Operation.Create("/n" + cxid, new byte[0], CreateMode.PERSISTENT, null);
        Transaction.Body write = new Transaction.Write(
                new WriteStamp(session, cxid, cxid - 1), generation, false, List.of(create), List.of());
        byte[] payload = TransactionCodec.encode(new Transaction(0, new Transaction.Origin(OTHER, 1, number), write));
        return new ForwardedRequest(EPOCH, number, session, generation, cxid, payload);
    }
}
