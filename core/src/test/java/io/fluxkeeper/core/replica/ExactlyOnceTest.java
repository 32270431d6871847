package io.fluxkeeper.core.replica;

import static io.fluxkeeper.core.replica.StateHarness.check;
import static io.fluxkeeper.core.replica.StateHarness.create;
import static io.fluxkeeper.core.replica.StateHarness.set;
import static io.fluxkeeper.core.replica.StateHarness.stamped;
import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.session.EnsembleSettings;
import io.fluxkeeper.core.store.StateTable;
import io.fluxkeeper.core.znode.CreateMode;
import org.junit.jupiter.api.Test;

/** The gate in front of every numbered write (architecture, decision 2), branch by branch. */
class ExactlyOnceTest {
    private final StateHarness harness = new StateHarness();
    private final SessionId session = harness.open();

    @Test
    void aWriteOfNoSessionThereIsIsExpired() {
        Refused refused = refused(harness.write(new SessionId(77), 1, 0, create("/a")));

        assertThat(refused.code()).isEqualTo(ErrorCode.SESSION_EXPIRED);
        assertThat(refused.message()).isEqualTo("session s0:77 is over, or this is not its password");
        assertThat(refused.zxid()).isEqualTo(harness.zxid);
        assertThat(harness.stat("/a")).isNull();
    }

    @Test
    void aWriteOfAnotherGenerationHasMovedAndTakesNoNumber() {
        long generation = harness.attach(session);

        Refused refused = refused(harness.write(session, 1, 0, create("/a")));

        assertThat(refused.code()).isEqualTo(ErrorCode.SESSION_MOVED);
        assertThat(refused.message())
                .isEqualTo("session " + session + " was attached again at " + new Zxid(generation));
        assertThat(lastCxid()).isZero();
        assertThat(harness.apply(stamped(session, generation, 1, 0, create("/a")))
                        .reply())
                .isInstanceOf(ServerReply.Created.class);
    }

    @Test
    void aWriteThatComesAgainIsAnsweredAsTheFirstTimeAndChangesNothing() {
        ServerReply first = harness.write(session, 1, 0, set("/", "one", -1)).reply();
        harness.write(session, 2, 0, set("/", "two", -1));
        long digest = harness.state.digest();

        Applied again = harness.write(session, 1, 0, set("/", "one", -1));

        assertThat(again.reply()).isEqualTo(first);
        assertThat(again.reply().zxid()).isEqualTo(Zxid.of(1, 2));
        assertThat(again.changes()).isEmpty();
        assertThat(again.stateChanges()).isEmpty();
        assertThat(harness.state.digest()).isEqualTo(digest);
    }

    @Test
    void aWriteThatComesAgainAfterItsAcknowledgementIsToldSo() {
        harness.write(session, 1, 0, create("/a"));
        harness.write(session, 2, 1, create("/b"));

        Refused refused = refused(harness.write(session, 1, 0, create("/a")));

        assertThat(refused.code()).isEqualTo(ErrorCode.BAD_ARGUMENTS);
        assertThat(refused.message())
                .isEqualTo("write 1 of session " + session
                        + " was executed and its reply is gone, since replies up to 1 were acknowledged");
        assertThat(harness.table(StateTable.REPLIES)).hasSize(1);
    }

    @Test
    void aWriteBeforeItsTurnIsAGapAndTakesNoNumber() {
        harness.write(session, 1, 0, create("/a"));

        Refused refused = refused(harness.write(session, 3, 0, create("/c")));

        assertThat(refused.code()).isEqualTo(ErrorCode.GAP);
        assertThat(refused.message()).isEqualTo("write 3 of session " + session + " came before write 2");
        assertThat(refused.expected()).isEqualTo(2);
        assertThat(refused.actual()).isEqualTo(3);
        assertThat(lastCxid()).isEqualTo(1);
    }

    @Test
    void aWriteBeyondTheWindowTakesNoNumberAndPassesOnceAnAcknowledgementCame() {
        int window = EnsembleSettings.DEFAULT.windowWritesMax();
        for (int cxid = 1; cxid <= window; cxid++) {
            assertThat(harness.write(session, cxid, 0, set("/", "x", -1)).reply())
                    .isInstanceOf(ServerReply.DataSet.class);
        }

        Refused refused = refused(harness.write(session, window + 1, 0, set("/", "x", -1)));

        assertThat(refused.code()).isEqualTo(ErrorCode.WINDOW_FULL);
        assertThat(refused.message())
                .isEqualTo("session " + session
                        + " has 1024 replies not acknowledged, of 1024 writes or 4194304 bytes allowed");
        assertThat(lastCxid()).isEqualTo(window);
        assertThat(harness.write(session, window + 1, 1, set("/", "x", -1)).reply())
                .isInstanceOf(ServerReply.DataSet.class);
        assertThat(harness.table(StateTable.REPLIES)).hasSize(window);
    }

    @Test
    void theWindowIsAlsoFullOfBytes() {
        String longName = "/" + "n".repeat(1 << 20);
        for (int cxid = 1; cxid <= 4; cxid++) {
            harness.write(session, cxid, 0, create(longName + cxid));
        }

        assertThat(refused(harness.write(session, 5, 0, create("/a"))).code()).isEqualTo(ErrorCode.WINDOW_FULL);
        assertThat(harness.write(session, 5, 1, create("/a")).reply()).isInstanceOf(ServerReply.Created.class);
    }

    @Test
    void aRefusalByTheTreeTakesItsNumberAndIsRecorded() {
        Refused first = refused(harness.write(session, 1, 0, check("/", 9)));
        harness.write(session, 2, 0, set("/", "x", -1));

        assertThat(first.code()).isEqualTo(ErrorCode.BAD_VERSION);
        assertThat(lastCxid()).isEqualTo(2);
        assertThat(harness.write(session, 1, 0, check("/", 9)).reply()).isEqualTo(first);
    }

    @Test
    void aWriteRefusedBeforeTheLogTakesItsNumberAndIsRecorded() {
        var body = new Transaction.RefusedWrite(
                new WriteStamp(session, 1, 0), session.value(), ErrorCode.TOO_LARGE, "/a", "too large");

        Refused refused = refused(harness.apply(body));

        assertThat(refused).isEqualTo(Refused.at(harness.zxid, ErrorCode.TOO_LARGE, "/a", "too large"));
        assertThat(refused(harness.apply(body))).isEqualTo(refused);
        assertThat(lastCxid()).isEqualTo(1);
    }

    @Test
    void aWriteRefusedBeforeTheLogGoesThroughTheGate() {
        var body = new Transaction.RefusedWrite(
                new WriteStamp(session, 2, 0), session.value(), ErrorCode.TOO_LARGE, "", "too large");

        assertThat(refused(harness.apply(body)).code()).isEqualTo(ErrorCode.GAP);
    }

    @Test
    void aWriteOutsideAnySessionIsExecutedEachTime() {
        assertThat(harness.write(create("/a"))).isInstanceOf(ServerReply.Created.class);
        assertThat(((Refused) harness.write(create("/a"))).code()).isEqualTo(ErrorCode.NODE_EXISTS);
        assertThat(harness.table(StateTable.REPLIES)).isEmpty();
    }

    @Test
    void closingTakesANumberAndItsAnswerIsKeptWithTheOthersAfterTheEnd() {
        ServerReply created = harness.write(session, 1, 0, create("/a")).reply();
        var close = new Transaction.CloseSession(new WriteStamp(session, 2, 0), session.value());
        Applied closed = harness.apply(close);

        assertThat(closed.reply()).isEqualTo(new ServerReply.SessionClosed(harness.zxid));
        assertThat(closed.ended()).isEqualTo(session);
        assertThat(harness.apply(close).reply()).isEqualTo(closed.reply());
        assertThat(harness.write(session, 1, 0, create("/a")).reply()).isEqualTo(created);
        assertThat(refused(harness.write(session, 3, 0, create("/b"))).code()).isEqualTo(ErrorCode.SESSION_EXPIRED);
        assertThat(harness.table(StateTable.REPLIES)).isEmpty();
        assertThat(harness.table(StateTable.SESSIONS)).isEmpty();
    }

    @Test
    void closingBeforeItsTurnIsAGap() {
        var close = new Transaction.CloseSession(new WriteStamp(session, 2, 0), session.value());

        assertThat(refused(harness.apply(close)).code()).isEqualTo(ErrorCode.GAP);
        assertThat(harness.state.session(session)).isNotNull();
    }

    @Test
    void answersAreKeptOfTheLastSessionsThatEndedAndNoMore() {
        harness.write(session, 1, 0, create("/a"));
        harness.apply(new Transaction.ExpireSession(session, session.value()));
        int kept = EnsembleSettings.DEFAULT.endedSessionsMax();
        for (int i = 1; i < kept; i++) {
            SessionId other = harness.open();
            harness.apply(new Transaction.ExpireSession(other, other.value()));
        }
        assertThat(harness.write(session, 1, 0, create("/a")).reply()).isInstanceOf(ServerReply.Created.class);

        SessionId oneMore = harness.open();
        harness.apply(new Transaction.ExpireSession(oneMore, oneMore.value()));

        assertThat(refused(harness.write(session, 1, 0, create("/a"))).code()).isEqualTo(ErrorCode.SESSION_EXPIRED);
        assertThat(harness.table(StateTable.ENDED)).hasSize(kept);
    }

    @Test
    void ofAllThatIsWrongTheGateNamesTheFirst() {
        long generation = harness.attach(session);
        harness.apply(stamped(session, generation, 1, 0, create("/a", CreateMode.EPHEMERAL)));

        // another generation comes before a number that was had, which comes before the tree's own refusals
        assertThat(refused(harness.write(session, 1, 0, create("/a"))).code()).isEqualTo(ErrorCode.SESSION_MOVED);
        assertThat(harness.apply(stamped(session, generation, 1, 0, check("/none", -1)))
                        .reply())
                .isInstanceOf(ServerReply.Created.class);
        // a gap comes before a full window
        assertThat(refused(harness.apply(stamped(session, generation, 5_000, 0, create("/b"))))
                        .code())
                .isEqualTo(ErrorCode.GAP);
    }

    private long lastCxid() {
        return java.util.Objects.requireNonNull(harness.state.session(session)).lastCxid();
    }

    private static Refused refused(Applied applied) {
        return (Refused) applied.reply();
    }
}
