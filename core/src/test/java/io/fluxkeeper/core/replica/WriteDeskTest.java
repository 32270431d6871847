package io.fluxkeeper.core.replica;

import static io.fluxkeeper.core.replica.ReplicaHarness.EPOCH;
import static io.fluxkeeper.core.replica.ReplicaHarness.OTHER;
import static io.fluxkeeper.core.replica.ReplicaHarness.asks;
import static io.fluxkeeper.core.replica.ReplicaHarness.create;
import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DiskRoom;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.replica.ReplicaMessage.ForwardedRequest;
import io.fluxkeeper.core.replica.ReplicaMessage.RequestRefused;
import io.fluxkeeper.core.session.EnsembleSettings;
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
    void aWriteThatComesTwiceHasTwoPlacesIsExecutedOnceAndAnsweredTwice() {
        peer.leads();
        SessionId session = peer.session(5);
        peer.drain(asks(5, "first", create("/a", session, 1)));
        peer.drain(asks(5, "again", create("/a", session, 1)));
        assertThat(peer.proposed()).isEqualTo(2);

        peer.deliverAll();

        assertThat(peer.reply("first")).isInstanceOf(ServerReply.Created.class).isEqualTo(peer.reply("again"));
        assertThat(peer.replica.view().znodes()).isEqualTo(znodesAtFirst() + 1);
        assertThat(peer.replica.view().pendingWrites()).isZero();
    }

    /**
     * A leader whose own disk is slow executes later than its followers: a client may know that its writes were refused
     * for a gap, and hand them in again, while they are under way for the leader. Found by seed 1232 of the simulation.
     */
    @Test
    void whatIsUnderWayHasAnotherPlaceWhenItComesAgainSinceItsOriginMayHaveSeenItRefused() {
        peer.leads();
        SessionId session = new SessionId(openedElsewhere(1, new byte[32]).value());
        long generation = peer.log(new Transaction(0, new Transaction.Origin(OTHER, 1, 2), attach(session)))
                .value();
        peer.drain(peer.from(forwarded(10, session, generation, 2)));
        peer.drain(peer.from(forwarded(11, session, generation, 1)), peer.from(forwarded(12, session, generation, 2)));
        peer.emitted(peer.deliverOldest()).emitted(peer.deliverOldest());
        assertThat(session(session).lastCxid()).as("refused for a gap").isZero();

        peer.drain(peer.from(forwarded(13, session, generation, 3)));

        assertThat(peer.told(RequestRefused.class)).isEmpty();
        assertThat(peer.proposals())
                .extracting(transaction -> transaction.origin().number())
                .containsExactly(11L, 12L, 13L);
        peer.deliverAll();
        assertThat(session(session).lastCxid()).isEqualTo(3);
    }

    @Test
    void whatComesAgainAndWasExecutedFillsNoGap() {
        ReplicaHarness narrow = new ReplicaHarness(settings(2, 64)).leads();
        SessionId session = new SessionId(narrow.deliver(new Transaction(
                        0, new Transaction.Origin(OTHER, 1, 1), new Transaction.OpenSession(1_000, new byte[32])))
                .value());
        narrow.drain(narrow.from(forwarded(10, session, session.value(), 1, 0))).deliverAll();
        narrow.drain(
                narrow.from(forwarded(11, session, session.value(), 2, 0)),
                narrow.from(forwarded(12, session, session.value(), 3, 0)),
                narrow.from(forwarded(13, session, session.value(), 1, 0)));
        narrow.deliverAll();
        assertThat(narrow.state().session(session).lastCxid())
                .as("the third has no room in the window")
                .isEqualTo(2);

        narrow.drain(narrow.from(forwarded(14, session, session.value(), 5, 2)));

        assertThat(narrow.told(RequestRefused.class))
                .extracting(RequestRefused::expected)
                .containsExactly(3L);
    }

    /** What comes of the first place says nothing of the second: told of a gap, its client might use the cxid anew. */
    @Test
    void aWriteThatIsHandedInAgainWaitsForWhatComesOfItsLastPlace() {
        SessionId session = handedInTwice("second", "/b", 2);
        List<ForwardedRequest> forwarded = peer.told(ForwardedRequest.class);
        assertThat(forwarded).hasSize(2);
        assertThat(forwarded.get(1).number()).isGreaterThan(forwarded.get(0).number());

        peer.deliver(transaction(forwarded.get(0)));
        assertThat(peer.reply("second"))
                .as("refused for a gap in its first place")
                .isNull();
        peer.deliver(transaction(forwarded(1, session, session(session).generation(), 1)));
        peer.deliver(transaction(forwarded.get(1)));

        assertThat(peer.reply("second")).isInstanceOf(ServerReply.Created.class);
        assertThat(peer.replica.view().pendingWrites()).isZero();
    }

    @Test
    void norDoesItsFirstPlaceCountWhereThisPeerLeadsNextAndFindsItInItsOwnLog() {
        peer.leads();
        SessionId session = peer.session(5);
        peer.follows();
        peer.drain(asks(5, "second", create("/b", session, 2)));
        peer.looks();
        peer.log(transaction(peer.told(ForwardedRequest.class).get(0)));
        peer.log(transaction(forwarded(1, session, session(session).generation(), 1)));
        peer.leads();

        peer.emitted(peer.deliverOldest()).emitted(peer.deliverOldest());
        assertThat(peer.reply("second"))
                .as("refused for a gap in its first place")
                .isNull();
        peer.deliverAll();

        assertThat(peer.reply("second")).isInstanceOf(ServerReply.Created.class);
    }

    /** What was opened in a place that the leader before gave it is open: a second session would only take room. */
    @Test
    void aSessionIsOpenedOnceThoughThePeerThatWasAskedLeadsMeanwhile() {
        peer.follows();
        peer.drain(asks(5, "open", ReplicaHarness.open()));
        peer.looks();
        peer.log(transaction(peer.told(ForwardedRequest.class).get(0)));
        peer.leads();

        peer.deliverAll();

        assertThat(peer.reply("open")).isInstanceOf(ServerReply.SessionOpened.class);
        assertThat(peer.state().sessions()).hasSize(1);
        assertThat(peer.proposed()).isZero();
    }

    /** A leader without room says that nothing was taken; what was handed in before may have been all the same. */
    @Test
    void aWriteThatMayHaveAPlaceIsNotToldThatNothingWasTaken() {
        handedInTwice("a", "/a", 1);
        long number = last(peer.told(ForwardedRequest.class)).number();

        peer.drain(peer.from(tooBusy(number)));
        assertThat(peer.reply("a")).isNull();
        assertThat(peer.told(ForwardedRequest.class)).hasSize(2);
        peer.ticks(1);
        assertThat(last(peer.told(ForwardedRequest.class)).number()).isGreaterThan(number);

        peer.deliver(transaction(peer.told(ForwardedRequest.class).get(0)));
        assertThat(peer.reply("a")).isInstanceOf(ServerReply.Created.class);
        assertThat(peer.replica.view().pendingWrites()).isZero();
    }

    @Test
    void afterAWhileItIsToldSoAndThatItMayHaveBeenTakenBefore() {
        handedInTwice("a", "/a", 1);

        leaderHasNoRoom();
        peer.looks();
        peer.follows();
        leaderHasNoRoom();
        peer.drain(peer.from(tooBusy(last(peer.told(ForwardedRequest.class)).number())));

        assertThat(peer.reply("a")).isInstanceOfSatisfying(ServerReply.Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo(ErrorCode.TOO_BUSY);
            assertThat(refused.message())
                    .isEqualTo("the leader has no room for it now, and may have taken it before: send it again, a write"
                            + " under its number");
        });
        assertThat(peer.replica.view().pendingWrites()).isZero();
    }

    @Test
    void aPeerThatTakesNoWritesAnswersThoseThatWereExecuted() {
        peer.leads();
        SessionId session = peer.session(5);
        peer.drain(asks(5, "first", create("/a", session, 1)));
        peer.deliverAll();

        peer.drain(new ReplicaInput.DiskSpace(DiskRoom.LOW));
        peer.drain(asks(5, "again", create("/a", session, 1)), asks(5, "next", create("/b", session, 2)));
        peer.drain(new ReplicaInput.ShutDown());
        peer.drain(asks(5, "once more", create("/a", session, 1)), asks(5, "last", create("/b", session, 2)));

        ServerReply reply = peer.reply("first");
        assertThat(reply).isInstanceOf(ServerReply.Created.class);
        assertThat(peer.reply("again")).isEqualTo(reply);
        assertThat(peer.reply("once more")).isEqualTo(reply);
        assertThat(peer.reply("next")).extracting("code").isEqualTo(ErrorCode.DISK_FULL);
        assertThat(peer.reply("last")).extracting("code").isEqualTo(ErrorCode.SHUTTING_DOWN);
    }

    @Test
    void whatNobodyWaitsForAnyMoreIsNotHandedInToTheNextLeader() {
        SessionId session = new SessionId(openedElsewhere(1, new byte[32]).value());
        peer.follows();
        peer.drain(
                asks(5, "attach", new ClientRequest.OpenSession(1_000, session, new byte[16], null)),
                asks(5, "open", ReplicaHarness.open()),
                asks(6, "other", ReplicaHarness.open()));
        peer.looks();
        peer.drain(new ReplicaInput.ConnectionClosed(5));
        assertThat(peer.replica.view().pendingWrites()).isEqualTo(1);

        peer.leads();

        assertThat(peer.proposed()).isEqualTo(1);
        peer.deliverAll();
        assertThat(peer.reply("other")).isInstanceOf(ServerReply.SessionOpened.class);
    }

    @Test
    void whoClosesItsSessionTwiceIsToldTwiceThatItIsClosedThoughNoReplyIsKept() {
        ReplicaHarness forgetful = new ReplicaHarness(settings(1_024, 0)).leads();
        SessionId session = forgetful.session(5);
        ClientRequest close = new ClientRequest.CloseSession(new WriteStamp(session, 1, 0));
        forgetful.drain(asks(5, "first", close), asks(5, "again", close));

        forgetful.deliverAll();

        assertThat(forgetful.reply("first"))
                .isInstanceOf(ServerReply.SessionClosed.class)
                .isEqualTo(forgetful.reply("again"));
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

    /** This peer follows, and has given a write of a session of its own to the leader by two links. */
    private SessionId handedInTwice(String name, String path, long cxid) {
        peer.leads();
        SessionId session = peer.session(5);
        peer.follows();
        peer.drain(asks(5, name, create(path, session, cxid)));
        peer.looks();
        peer.follows();
        return session;
    }

    private void leaderHasNoRoom() {
        for (int tick = 0; tick < ReplicaConfig.Bounds.DEFAULT.readWaitTicks(); tick++) {
            peer.drain(peer.from(tooBusy(last(peer.told(ForwardedRequest.class)).number())));
            assertThat(peer.reply("a")).isNull();
            peer.ticks(1);
        }
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

    private static Transaction transaction(ForwardedRequest request) {
        return TransactionCodec.decode(request.payload());
    }

    private static <T> T last(List<T> of) {
        return of.get(of.size() - 1);
    }

    private static RequestRefused tooBusy(long number) {
        return new RequestRefused(EPOCH, number, ErrorCode.TOO_BUSY, 0, "no room");
    }

    private static Transaction.Body attach(SessionId session) {
        return new Transaction.AttachSession(session, new byte[32]);
    }

    private static EnsembleSettings settings(int windowWritesMax, int endedSessionsMax) {
        EnsembleSettings d = EnsembleSettings.DEFAULT;
        return new EnsembleSettings(
                d.semanticsVersion(),
                d.sessionTimeoutMillisMin(),
                d.sessionTimeoutMillisMax(),
                d.sessionsMax(),
                windowWritesMax,
                d.replyTableBytesMax(),
                d.ephemeralsMax(),
                endedSessionsMax,
                d.changeLogCountMax(),
                d.changeLogBytesMax());
    }

    private static ForwardedRequest forwarded(long number, SessionId session, long generation, long cxid) {
        return forwarded(number, session, generation, cxid, cxid - 1);
    }

    private static ForwardedRequest forwarded(long number, SessionId session, long generation, long cxid, long acked) {
        Operation create = new Operation.Create("/n" + cxid, new byte[0], CreateMode.PERSISTENT, null);
        Transaction.Body write = new Transaction.Write(
                new WriteStamp(session, cxid, acked), generation, false, List.of(create), List.of());
        byte[] payload = TransactionCodec.encode(new Transaction(0, new Transaction.Origin(OTHER, 1, number), write));
        return new ForwardedRequest(EPOCH, number, session, generation, cxid, payload);
    }
}
