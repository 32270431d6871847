package io.fluxkeeper.core.replica;

import static io.fluxkeeper.core.replica.StateHarness.PASSWORD_HASH;
import static io.fluxkeeper.core.replica.StateHarness.create;
import static io.fluxkeeper.core.replica.StateHarness.delete;
import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.protocol.ServerReply.SessionOpened;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.session.EnsembleSettings;
import io.fluxkeeper.core.store.StateTable;
import io.fluxkeeper.core.znode.Change;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.Stat;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A session from its opening to its end. */
class SessionLifeTest {
    private final StateHarness harness = new StateHarness();

    @Test
    void aSessionIsNamedAfterTheTransactionThatOpensIt() {
        Applied applied = harness.apply(new Transaction.OpenSession(10_000, PASSWORD_HASH));

        SessionId id = new SessionId(harness.zxid.value());
        assertThat(applied.reply())
                .usingRecursiveComparison()
                .isEqualTo(new SessionOpened(harness.zxid, id, new byte[0], 10_000, 0, 1_024));
        assertThat(applied.attached()).isEqualTo(id);
        StateMachine.SessionView view = Objects.requireNonNull(harness.state.session(id));
        assertThat(view.generation()).isEqualTo(id.value());
        assertThat(view.timeoutMillis()).isEqualTo(10_000);
        assertThat(view.windowMax()).isEqualTo(1_024);
        assertThat(harness.state.sessions()).containsExactly(view);
    }

    @Test
    void aTimeoutIsBroughtWithinBounds() {
        assertThat(opened(1).timeoutMillis()).isEqualTo(1_000);
        assertThat(opened(1_000).timeoutMillis()).isEqualTo(1_000);
        assertThat(opened(60_000).timeoutMillis()).isEqualTo(60_000);
        assertThat(opened(Integer.MAX_VALUE).timeoutMillis()).isEqualTo(60_000);
    }

    @Test
    void thereAreAsManySessionsAsMayBe() {
        int most = EnsembleSettings.DEFAULT.sessionsMax();
        for (int i = 0; i < most; i++) {
            harness.open();
        }

        Applied oneMore = harness.apply(new Transaction.OpenSession(10_000, PASSWORD_HASH));

        assertThat(oneMore.reply())
                .isEqualTo(Refused.of(
                        harness.zxid,
                        ErrorCode.LIMIT_REACHED,
                        "there are " + most + " sessions, and " + most + " is the limit"));
        assertThat(oneMore.attached()).isNull();
        SessionId first = harness.state.sessions().iterator().next().id();
        harness.apply(new Transaction.ExpireSession(first, first.value()));
        assertThat(opened(10_000)).isNotNull();
    }

    @Test
    void attachingGivesANewGenerationAndTellsTheLastWrite() {
        SessionId session = harness.open();
        harness.write(session, 1, 0, create("/a"));

        Applied attached = harness.apply(new Transaction.AttachSession(session, PASSWORD_HASH));

        SessionOpened reply = (SessionOpened) attached.reply();
        assertThat(reply.zxid()).isEqualTo(harness.zxid);
        assertThat(reply.session()).isEqualTo(session);
        assertThat(reply.lastCxid()).isEqualTo(1);
        assertThat(attached.attached()).isEqualTo(session);
        assertThat(Objects.requireNonNull(harness.state.session(session)).generation())
                .isEqualTo(harness.zxid.value());
        assertThat(harness.state.recordedReply(session, 1)).isInstanceOf(ServerReply.Created.class);
        assertThat(harness.state.recordedReply(session, 2)).isNull();
    }

    @Test
    void aWrongPasswordLooksLikeASessionThatIsOver() {
        SessionId session = harness.open();
        byte[] other = PASSWORD_HASH.clone();
        other[0] = 1;

        Applied wrong = harness.apply(new Transaction.AttachSession(session, other));

        Refused refused = (Refused) wrong.reply();
        assertThat(refused.code()).isEqualTo(ErrorCode.SESSION_EXPIRED);
        assertThat(refused.message()).isEqualTo("session " + session + " is over, or this is not its password");
        assertThat(wrong.attached()).isNull();
        harness.apply(new Transaction.ExpireSession(session, session.value()));
        Applied over = harness.apply(new Transaction.AttachSession(session, PASSWORD_HASH));
        assertThat(over.reply()).isEqualTo(Refused.of(harness.zxid, ErrorCode.SESSION_EXPIRED, refused.message()));
    }

    @Test
    void anExpiryIsVoidIfTheSessionWasAttachedMeanwhile() {
        SessionId session = harness.open();
        harness.attach(session);

        Applied expired = harness.apply(new Transaction.ExpireSession(session, session.value()));

        assertThat(((Refused) expired.reply()).code()).isEqualTo(ErrorCode.SESSION_MOVED);
        assertThat(expired.ended()).isNull();
        assertThat(harness.state.session(session)).isNotNull();
    }

    @Test
    void anExpiryOfASessionThatIsOverDoesNothing() {
        SessionId session = harness.open();
        harness.apply(new Transaction.ExpireSession(session, session.value()));

        Applied again = harness.apply(new Transaction.ExpireSession(session, session.value()));

        assertThat(((Refused) again.reply()).code()).isEqualTo(ErrorCode.SESSION_EXPIRED);
        assertThat(again.ended()).isNull();
    }

    @Test
    void theEphemeralsOfASessionGoWithItInPathOrderAndOneTransaction() {
        SessionId session = harness.open();
        harness.write(create("/b"));
        long cxid = 0;
        for (String path : new String[] {"/b/z", "/b!", "/a", "/b/a"}) {
            harness.write(session, ++cxid, cxid - 1, create(path, CreateMode.EPHEMERAL));
        }
        harness.write(session, ++cxid, cxid - 1, create("/stays"));

        Applied closed =
                harness.apply(new Transaction.CloseSession(new WriteStamp(session, ++cxid, cxid - 1), session.value()));

        assertThat(closed.changes())
                .extracting(change -> change.path().value())
                .containsExactly("/a", "/b/a", "/b/z", "/b!");
        assertThat(closed.changes()).extracting(Change::ordinal).containsExactly(0, 1, 2, 3);
        assertThat(closed.changes()).extracting(Change::last).containsExactly(false, false, false, true);
        assertThat(closed.changes()).allSatisfy(change -> {
            assertThat(change.zxid()).isEqualTo(harness.zxid);
            assertThat(change.type()).isEqualTo(EventType.DELETED);
            assertThat(change.stat()).isNull();
        });
        Stat parent = Objects.requireNonNull(harness.stat("/b"));
        assertThat(parent.pzxid()).isEqualTo(harness.zxid);
        assertThat(parent.numChildren()).isZero();
        assertThat(parent.cversion()).isEqualTo(4);
        assertThat(harness.stat("/stays")).isNotNull();
        assertThat(harness.stat("/a")).isNull();
    }

    @Test
    void anExpiryDeletesEphemeralsAsACloseDoes() {
        SessionId session = harness.open();
        harness.write(session, 1, 0, create("/e", CreateMode.EPHEMERAL));

        Applied expired = harness.apply(new Transaction.ExpireSession(session, session.value()));

        assertThat(expired.ended()).isEqualTo(session);
        assertThat(expired.changes()).hasSize(1);
        assertThat(harness.stat("/e")).isNull();
        assertThat(harness.state.session(session)).isNull();
        assertThat(harness.state.sessions()).isEmpty();
    }

    @Test
    void whatAnotherSessionOwnsStays() {
        SessionId one = harness.open();
        SessionId two = harness.open();
        harness.write(one, 1, 0, create("/one", CreateMode.EPHEMERAL));
        harness.write(two, 1, 0, create("/two", CreateMode.EPHEMERAL));

        harness.apply(new Transaction.ExpireSession(one, one.value()));

        assertThat(Objects.requireNonNull(harness.stat("/two")).ephemeralOwner())
                .isEqualTo(two);
    }

    @Test
    void aSessionOwnsNoMoreEphemeralsThanItMay() {
        SessionId session = harness.open();
        int most = EnsembleSettings.DEFAULT.ephemeralsMax();
        Operation[] batch = new Operation[1_000];
        for (int cxid = 1; cxid <= most / batch.length; cxid++) {
            java.util.Arrays.fill(batch, create("/e-", CreateMode.EPHEMERAL_SEQUENTIAL));
            harness.write(session, cxid, cxid - 1, batch);
        }

        Applied oneMore = harness.write(session, 11, 10, create("/more", CreateMode.EPHEMERAL));

        Refused refused = (Refused) oneMore.reply();
        assertThat(refused.code()).isEqualTo(ErrorCode.TOO_MANY_EPHEMERALS);
        assertThat(refused.message())
                .isEqualTo("/more cannot be created: session " + session
                        + " owns 10000 ephemeral znodes, and no session may own more");
        // within a multi, what it deletes first makes room
        assertThat(harness.write(session, 12, 11, delete("/e-0000000000", -1), create("/more", CreateMode.EPHEMERAL))
                        .reply())
                .isInstanceOf(ServerReply.MultiDone.class);
        assertThat(harness.write(session, 13, 12, create("/again", CreateMode.EPHEMERAL), delete("/more", -1))
                        .reply())
                .isInstanceOf(Refused.class);
    }

    @Test
    void anEphemeralNeedsASession() {
        Refused refused = (Refused) harness.write(create("/e", CreateMode.EPHEMERAL));

        assertThat(refused.code()).isEqualTo(ErrorCode.BAD_ARGUMENTS);
        assertThat(refused.message()).isEqualTo("/e cannot be ephemeral: the write belongs to no session");
    }

    @Test
    void acknowledgedRepliesLeaveTheTable() {
        SessionId session = harness.open();
        for (int cxid = 1; cxid <= 20; cxid++) {
            harness.write(session, cxid, 0, create("/n", CreateMode.PERSISTENT_SEQUENTIAL));
        }
        assertThat(harness.table(StateTable.REPLIES)).hasSize(20);

        harness.write(session, 21, 18, create("/a"));

        String id = StateRows.hex(session.value());
        assertThat(harness.table(StateTable.REPLIES).keySet())
                .containsExactly(id + StateRows.hex(19), id + StateRows.hex(20), id + StateRows.hex(21));
    }

    @Test
    void timeNeverGoesBack() {
        harness.timeMillis = 5_000;
        harness.write(create("/a"));
        harness.timeMillis = 4_000;
        harness.write(create("/b"));

        assertThat(harness.state.lastTimeMillis()).isEqualTo(5_000);
        assertThat(Objects.requireNonNull(harness.stat("/b")).ctime()).isEqualTo(5_000);
        assertThat(Objects.requireNonNull(harness.stat("/b")).czxid()).isEqualTo(Zxid.of(1, 2));
    }

    private SessionOpened opened(int timeoutMillis) {
        return (SessionOpened) harness.apply(new Transaction.OpenSession(timeoutMillis, PASSWORD_HASH))
                .reply();
    }
}
