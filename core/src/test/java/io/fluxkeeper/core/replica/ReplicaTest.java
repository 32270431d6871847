package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcast.Availability;
import io.fluxkeeper.core.consensus.DiskRoom;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.Identity;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a client is told, and in which words, when a peer cannot do what it asks. */
class ReplicaTest {
    private static final long HERE = 1;
    private static final long ELSEWHERE = 2;
    private static final int WAIT_TICKS = 5;
    private static final int TREE_BYTES_MAX = 1 << 20;

    private final FakeBroadcast broadcast = new FakeBroadcast();
    private final List<ReplicaEffect> effects = new ArrayList<>();
    private final Replica replica = new Replica(
            new ReplicaConfig(
                    new Ensemble(FakeBroadcast.SELF, List.of(FakeBroadcast.SELF, FakeBroadcast.OTHER)),
                    1,
                    50,
                    new ReplicaConfig.Bounds(1, 1, WAIT_TICKS, 1, 1 << 20, 100, 20, 0, 1 << 20, TREE_BYTES_MAX),
                    "test"),
            broadcast,
            new StateMachine(),
            0);

    private record Handle(int number) implements ReplyHandle {}

    private static final Handle HANDLE = new Handle(1);

    @Test
    void whatComesToAPeerThatStopsGoesToAnother() {
        lead();
        input(new ReplicaInput.ShutDown());
        assertThat(effects).contains(new ReplicaEffect.ReadyToStop());

        assertRefused(
                ask(get("/", ReadStamp.NONE)), ErrorCode.SHUTTING_DOWN, "this peer is shutting down; try another peer");
        assertRefused(ask(create("/a", null)), ErrorCode.SHUTTING_DOWN, "this peer is shutting down; try another peer");
        assertRefused(
                input(invalid(HERE, new WriteStamp(new SessionId(1), 1, 0))),
                ErrorCode.SHUTTING_DOWN,
                "this peer is shutting down; try another peer");
    }

    @Test
    void aSessionIsOnlyForTheConnectionItIsAttachedOn() {
        lead();
        SessionId session = open();
        String unknown =
                "session " + session + " is not attached on this connection; attach it with session.open first";

        assertRefused(
                input(requested(ELSEWHERE, create("/a", new WriteStamp(session, 1, 0)))),
                ErrorCode.UNKNOWN_SESSION,
                unknown);
        assertRefused(input(invalid(ELSEWHERE, new WriteStamp(session, 1, 0))), ErrorCode.UNKNOWN_SESSION, unknown);
        assertRefused(
                input(requested(ELSEWHERE, new ClientRequest.Heartbeat(session))), ErrorCode.UNKNOWN_SESSION, unknown);
    }

    @Test
    void aSessionThatIsOverIsSaidToBe() {
        lead();
        SessionId session = open();
        assertThat(ask(new ClientRequest.CloseSession(new WriteStamp(session, 1, 0))))
                .isInstanceOf(ServerReply.SessionClosed.class);

        assertRefused(
                ask(create("/a", new WriteStamp(session, 2, 1))),
                ErrorCode.SESSION_EXPIRED,
                "session " + session + " is over; open a new one");
    }

    @Test
    void aPeerThatHasNeverServedAnswersNoReadAndNoWatch() {
        assertRefused(
                ask(get("/", ReadStamp.NONE)),
                ErrorCode.NOT_SERVING,
                "this peer is not part of a quorum now; try another peer");
        input(new ReplicaInput.Subscribed(HERE, 1, watch(), List.of(Identity.ANYONE)));
        assertThat(effects)
                .contains(new ReplicaEffect.EndSubscription(
                        1,
                        Refused.of(
                                Zxid.ZERO, ErrorCode.NOT_SERVING, "this peer does not serve now; try another peer")));
    }

    @Test
    void aWriteThatNoLeaderWasGivenInTimeWasNotApplied() {
        assertThat(ask(create("/a", null))).isNull();

        assertRefused(
                ticks(WAIT_TICKS),
                ErrorCode.NOT_SERVING,
                "this peer is not part of a quorum now; nothing was applied, try another peer");
    }

    @Test
    void aHeartbeatThatReachesNoLeaderIsNotConfirmed() {
        lead();
        SessionId session = open();
        broadcast.stand(FakeBroadcast.LOOKING);
        input(tick());
        assertThat(ask(new ClientRequest.Heartbeat(session))).isNull();

        assertRefused(ticks(WAIT_TICKS), ErrorCode.NOT_SERVING, "this peer reaches no leader now; try another peer");
    }

    @Test
    void aReadThatDoesNotBecomeFreshEnoughGoesElsewhere() {
        lead();
        assertThat(ask(get("/", new ReadStamp(null, 0, Zxid.of(9, 9))))).isNull();

        assertRefused(
                ticks(WAIT_TICKS),
                ErrorCode.READ_TIMEOUT,
                "this peer did not catch up in time (it is at " + Zxid.ZERO + "); try another peer");
    }

    @Test
    void asManyReadsWaitAsMay() {
        lead();
        ask(get("/", new ReadStamp(null, 0, Zxid.of(9, 9))));
        String busy = "this peer has as many reads waiting as it may (1); try again later";

        assertRefused(ask(get("/", new ReadStamp(null, 0, Zxid.of(9, 9)))), ErrorCode.TOO_BUSY, busy);
        assertRefused(ask(new ClientRequest.Sync(ReadStamp.NONE)), ErrorCode.TOO_BUSY, busy);
    }

    @Test
    void asManyWritesAreUnderWayAsMay() {
        ask(create("/a", null));

        assertRefused(
                ask(create("/b", null)),
                ErrorCode.TOO_BUSY,
                "this peer has as many writes under way as it may (1); nothing was taken, try again later");
    }

    @Test
    void aLeaderWithTooMuchUnderWayOrWithItsStoreBehindTakesNothing() {
        lead();
        broadcast.availability = Availability.FULL;
        String busy = "too many writes are under way; nothing was taken, try again later";

        assertRefused(ask(create("/a", null)), ErrorCode.TOO_BUSY, busy);
        broadcast.availability = Availability.READY;
        input(new ReplicaInput.StoreBehind(true));
        assertRefused(ask(create("/a", null)), ErrorCode.TOO_BUSY, busy);
        input(new ReplicaInput.StoreBehind(false));
        assertThat(ask(create("/a", null))).isInstanceOf(ServerReply.Created.class);
    }

    @Test
    void aWriteWithoutANumberIsUnknownWhenItsLeaderIsLost() {
        lead();
        broadcast.held = true;
        assertThat(ask(create("/a", null))).isNull();
        broadcast.stand(FakeBroadcast.LOOKING);

        assertRefused(
                input(tick()),
                ErrorCode.OUTCOME_UNKNOWN,
                "the leader was lost while this write was under way; it may have been applied");
    }

    @Test
    void aLeaderWithoutDiskRoomTakesNoWritesUntilThereIsSome() {
        lead();
        SessionId session = open();
        input(new ReplicaInput.DiskSpace(DiskRoom.LOW));
        String full =
                "the disk of the leader, or of so many followers that no quorum is left, is at its floor of free space;"
                        + " free some and try again";

        assertRefused(ask(create("/a", null)), ErrorCode.DISK_FULL, full);
        assertRefused(input(invalid(HERE, new WriteStamp(session, 1, 0))), ErrorCode.DISK_FULL, full);
        assertThat(ask(get("/", ReadStamp.NONE))).isInstanceOf(ServerReply.Data.class);
        input(new ReplicaInput.DiskSpace(DiskRoom.PLENTY));
        assertThat(ask(create("/a", null))).isInstanceOf(ServerReply.Created.class);
    }

    @Test
    void aLeaderWithAFullDiskRefusesWhatFollowersForward() {
        input(new ReplicaInput.Consensus(new Input.LinkUp(FakeBroadcast.OTHER, FakeBroadcast.LINK)));
        lead();
        input(new ReplicaInput.DiskSpace(DiskRoom.LOW));

        input(received(new ReplicaMessage.ForwardedRequest(1, 4, SessionId.NONE, 0, 0, new byte[0])));

        assertThat(sent())
                .containsExactly(new ReplicaMessage.RequestRefused(
                        1,
                        4,
                        ErrorCode.DISK_FULL,
                        0,
                        "the disk of the leader, or of so many followers that no quorum is left, is at its floor of free space;"
                                + " free some and try again"));
    }

    @Test
    void aTreeThatIsAsLargeAsItMayBeTakesWhatMakesItNoLarger() {
        lead();
        SessionId session = open();
        ask(create("/small", new WriteStamp(session, 1, 0)));
        ask(set("/small", 200, null));
        ask(new ClientRequest.Create("/large", new byte[TREE_BYTES_MAX], CreateMode.PERSISTENT, null, null));
        long full = replica.treeBytes();
        String why = "the tree takes " + full + " bytes of the leader's heap; from treeBytesMax (" + TREE_BYTES_MAX
                + ") on, what makes it larger is refused: delete some, or give every peer a larger heap";

        assertRefused(ask(create("/a", null)), ErrorCode.TREE_FULL, why);
        assertRefused(ask(set("/small", 201, null)), ErrorCode.TREE_FULL, why);
        assertThat(ask(set("/small", 200, null))).isInstanceOf(ServerReply.DataSet.class);

        ServerReply refused = ask(create("/a", new WriteStamp(session, 2, 0)));
        assertRefused(refused, ErrorCode.TREE_FULL, why);
        assertThat(full).isEqualTo(replica.treeBytes());
        assertThat(ask(new ClientRequest.Delete(ZnodePath.of("/large"), -1, new WriteStamp(session, 3, 0))))
                .as("it took its number, so that this one may follow")
                .isInstanceOf(ServerReply.Deleted.class);

        assertThat(ask(create("/a", new WriteStamp(session, 2, 0)))).isEqualTo(refused);
        assertThat(ask(create("/a", new WriteStamp(session, 4, 0)))).isInstanceOf(ServerReply.Created.class);
    }

    private static ClientRequest set(String path, int bytes, @Nullable WriteStamp stamp) {
        return new ClientRequest.SetData(ZnodePath.of(path), new byte[bytes], -1, stamp);
    }

    /** What it is sent takes the same room whoever was asked. */
    @Test
    void aFollowerWithAFullDiskLeavesItToItsLeader() {
        input(new ReplicaInput.Consensus(new Input.LinkUp(FakeBroadcast.OTHER, FakeBroadcast.LINK)));
        broadcast.stand(FakeBroadcast.FOLLOWING);
        input(tick());
        input(new ReplicaInput.DiskSpace(DiskRoom.LOW));

        assertThat(ask(create("/a", null))).isNull();
        assertThat(sent())
                .hasOnlyElementsOfType(ReplicaMessage.ForwardedRequest.class)
                .hasSize(1);
    }

    /** As the leader says it, so it reaches the client of the follower. */
    @Test
    void aFollowerPassesOnWhatItsLeaderRefused() {
        input(new ReplicaInput.Consensus(new Input.LinkUp(FakeBroadcast.OTHER, FakeBroadcast.LINK)));
        broadcast.stand(FakeBroadcast.FOLLOWING);
        input(tick());
        assertThat(ask(create("/a", null))).isNull();
        long number = ((ReplicaMessage.ForwardedRequest) sent().get(0)).number();

        assertRefused(
                input(received(new ReplicaMessage.RequestRefused(1, number, ErrorCode.DISK_FULL, 0, "full"))),
                ErrorCode.DISK_FULL,
                "full");
    }

    @Test
    void aWriteThatComesBeforeItsTurnIsTheOneThatIsExpected() {
        lead();
        SessionId session = open();

        ServerReply reply = ask(create("/a", new WriteStamp(session, 3, 0)));

        assertRefused(reply, ErrorCode.GAP, "cxid 3 came before cxid 1");
        assertThat(((Refused) reply).expected()).isEqualTo(1);
    }

    @Test
    void asManyForwardedWritesWaitForANewLeaderAsMay() {
        input(new ReplicaInput.Consensus(new Input.LinkUp(FakeBroadcast.OTHER, FakeBroadcast.LINK)));
        lead();
        broadcast.held = true;
        ask(create("/a", null));
        broadcast.stand(FakeBroadcast.LOOKING);
        input(tick());
        lead(); // and its history is not applied yet
        input(received(new ReplicaMessage.ForwardedRequest(1, 4, SessionId.NONE, 0, 0, new byte[0])));

        input(received(new ReplicaMessage.ForwardedRequest(1, 5, SessionId.NONE, 0, 0, new byte[0])));

        assertThat(sent())
                .containsExactly(new ReplicaMessage.RequestRefused(
                        1,
                        5,
                        ErrorCode.TOO_BUSY,
                        0,
                        "the new leader has as many writes waiting as it may; nothing was taken, try again later"));
    }

    @Test
    void theConnectionThatASessionLeavesIsClosedWithTheReason() {
        lead();
        SessionId session = open();

        input(new ReplicaInput.Requested(
                ELSEWHERE,
                HANDLE,
                new ClientRequest.OpenSession(10_000, session, new byte[16], null),
                new byte[0],
                List.of()));

        assertThat(effects)
                .contains(new ReplicaEffect.CloseConnection(
                        HERE, "session " + session + " was attached on another connection"));
    }

    @Test
    void aWatchIsNoSingleRequest() {
        lead();

        assertRefused(ask(watch()), ErrorCode.BAD_ARGUMENTS, "a watch is a stream, not a single request");
    }

    @Test
    void thereAreAsManyWatchesAsMayBe() {
        lead();
        input(new ReplicaInput.Subscribed(HERE, 1, watch(), List.of(Identity.ANYONE)));

        input(new ReplicaInput.Subscribed(HERE, 2, watch(), List.of(Identity.ANYONE)));

        assertThat(effects)
                .contains(new ReplicaEffect.EndSubscription(
                        2,
                        Refused.of(
                                Zxid.ZERO,
                                ErrorCode.LIMIT_REACHED,
                                "this peer has 1 watches, as many as it may; try another peer")));
    }

    @Test
    void anInvalidWriteKeepsItsNumberAndItsRefusal() {
        lead();
        SessionId session = open();
        WriteStamp first = new WriteStamp(session, 1, 0);

        ServerReply refused = input(invalid(HERE, first));

        assertRefused(refused, ErrorCode.BAD_ARGUMENTS, "path: wrong");
        assertThat(ask(create("/a", new WriteStamp(session, 2, 0)))).isInstanceOf(ServerReply.Created.class);
        assertThat(input(invalid(HERE, first))).isEqualTo(refused);
        assertThat(ask(create("/b", first))).isEqualTo(refused); // it is another's number
    }

    @Test
    void aReadBehindAnInvalidWriteIsAnswered() {
        lead();
        SessionId session = open();
        broadcast.held = true;
        input(invalid(HERE, new WriteStamp(session, 1, 0)));
        assertThat(ask(get("/", new ReadStamp(session, 1, null)))).isNull();

        broadcast.held = false;
        input(tick());

        assertThat(replies()).hasSize(2).hasAtLeastOneElementOfType(ServerReply.Data.class);
    }

    @Test
    void whatAStateTransferHasExecutedIsAnsweredOnceFromItsTable() {
        input(new ReplicaInput.Consensus(new Input.LinkUp(FakeBroadcast.OTHER, FakeBroadcast.LINK)));
        lead();
        SessionId session = open();
        broadcast.stand(FakeBroadcast.FOLLOWING);
        input(tick());
        assertThat(ask(create("/a", new WriteStamp(session, 1, 0)))).isNull();
        broadcast.stand(FakeBroadcast.LOOKING);
        input(tick());
        StateHarness leaders = new StateHarness();
        assertThat(leaders.open()).isEqualTo(session);
        ServerReply executed =
                leaders.write(session, 1, 0, StateHarness.create("/a")).reply();
        input(new ReplicaInput.StateFetched(
                new Input.StateFetched(9, "state", leaders.zxid, 0, leaders.state.digest()), leaders.state));

        broadcast.stand(FakeBroadcast.FOLLOWING);
        assertThat(input(tick())).isEqualTo(executed);

        broadcast.stand(FakeBroadcast.LOOKING);
        input(tick());
        broadcast.stand(FakeBroadcast.FOLLOWING);
        assertThat(input(tick())).isNull();
        assertThat(sent()).isEmpty(); // nothing is left to hand in
    }

    private void lead() {
        broadcast.stand(FakeBroadcast.LEADING);
        input(tick());
    }

    private SessionId open() {
        ServerReply reply = input(new ReplicaInput.Requested(
                HERE, HANDLE, new ClientRequest.OpenSession(10_000, null, null, null), new byte[16], List.of()));
        return ((ServerReply.SessionOpened) java.util.Objects.requireNonNull(reply)).session();
    }

    /** One input, and drains until nothing is left to do. @return the first reply; null when none was given */
    private @Nullable ServerReply input(ReplicaInput input) {
        effects.clear();
        replica.handle(input, 1_000, effects);
        do {
            replica.endOfDrain(effects);
        } while (replica.hasMoreToDo());
        List<ServerReply> replies = replies();
        return replies.isEmpty() ? null : replies.get(0);
    }

    private List<ServerReply> replies() {
        return effects.stream()
                .filter(ReplicaEffect.Reply.class::isInstance)
                .map(effect -> ((ReplicaEffect.Reply) effect).reply())
                .toList();
    }

    private List<Object> sent() {
        return effects.stream()
                .filter(ReplicaEffect.SendFrame.class::isInstance)
                .flatMap(effect -> ((ReplicaEffect.SendFrame) effect).messages().stream())
                .map(Object.class::cast)
                .toList();
    }

    private @Nullable ServerReply ask(ClientRequest request) {
        return input(requested(HERE, request));
    }

    /** @return what the last of them made be said */
    private @Nullable ServerReply ticks(int count) {
        for (int i = 1; i < count; i++) {
            assertThat(input(tick())).as("too early").isNull();
        }
        return input(tick());
    }

    private static ReplicaInput tick() {
        return new ReplicaInput.Consensus(new Input.Tick());
    }

    private static ReplicaInput requested(long connection, ClientRequest request) {
        return new ReplicaInput.Requested(connection, HANDLE, request, new byte[0], List.of(Identity.ANYONE));
    }

    private static ReplicaInput invalid(long connection, WriteStamp stamp) {
        return new ReplicaInput.InvalidWrite(connection, HANDLE, stamp, ErrorCode.BAD_ARGUMENTS, "path: wrong");
    }

    private static ReplicaInput received(ReplicaMessage message) {
        return new ReplicaInput.Consensus(new Input.Received(FakeBroadcast.OTHER, FakeBroadcast.LINK, message));
    }

    private static ClientRequest create(String path, @Nullable WriteStamp stamp) {
        return new ClientRequest.Create(path, null, CreateMode.PERSISTENT, null, stamp);
    }

    private static ClientRequest get(String path, ReadStamp stamp) {
        return new ClientRequest.GetData(ZnodePath.of(path), stamp);
    }

    private static ClientRequest.Watch watch() {
        return new ClientRequest.Watch(
                ZnodePath.of("/a"), WatchScope.ZNODE, null, null, null, null, false, true, null, null);
    }

    private static void assertRefused(@Nullable ServerReply reply, ErrorCode code, String message) {
        assertThat(reply).isInstanceOf(Refused.class);
        assertThat(((Refused) java.util.Objects.requireNonNull(reply)).code()).isEqualTo(code);
        assertThat(((Refused) reply).message()).isEqualTo(message);
    }
}
