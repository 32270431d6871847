package io.fluxkeeper.core.replica;

import static io.fluxkeeper.core.replica.StateHarness.create;
import static io.fluxkeeper.core.replica.StateHarness.stamped;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.session.EnsembleSettings;
import io.fluxkeeper.core.session.LiveSession;
import io.fluxkeeper.core.session.Session;
import io.fluxkeeper.core.session.SessionTable;
import io.fluxkeeper.core.watch.ChangeLog;
import io.fluxkeeper.core.znode.ZnodeTree;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What goes wrong inside is refused alike on every peer; what would leave a state half changed is thrown. */
class DefectsTest {
    private static final String MESSAGE = "a defect of the server met this request; nothing was applied";

    private final ZnodeTree tree = ZnodeTree.withBuiltIns();
    private final SessionTable sessions = new SessionTable(EnsembleSettings.DEFAULT);
    private final ChangeLog log = StateMachine.emptyLog(EnsembleSettings.DEFAULT);
    private final StateRows rows = new StateRows(0);

    @Test
    void bytesThatAreNoTransactionAreASystemErrorAndTakeTheirPlace() {
        StateHarness harness = new StateHarness();

        Applied applied = harness.applyBytes(new byte[] {1, 2, 3});

        assertThat(applied.transaction()).isNull();
        assertThat(applied.reply()).isEqualTo(Refused.of(harness.zxid, ErrorCode.SYSTEM_ERROR, MESSAGE));
        assertThat(applied.defect()).isInstanceOf(MalformedBytesException.class);
        assertThat(applied.changes()).isEmpty();
        assertThat(harness.state.applied()).isEqualTo(harness.zxid);
        assertThat(harness.write(create("/a"))).isNotInstanceOf(Refused.class);
    }

    @Test
    void aFailureOfTheTreeTakesTheNumberOfItsWriteSoThatTheSessionGoesOn() {
        Session session = sessions.opened(Zxid.of(1, 1), 1_000, new byte[32]);
        sessions.put(session, rows);
        List<Operation> broken = Arrays.asList(create("/a"), null);
        var write = stamped(session.id(), session.generation(), 1, 0, create("/a"), create("/b"));
        var defective = new Transaction.Write(write.stamp(), write.generation(), true, broken, List.of());

        Applied applied = run(Zxid.of(1, 2), defective);

        assertThat(applied.reply()).isEqualTo(Refused.of(Zxid.of(1, 2), ErrorCode.SYSTEM_ERROR, MESSAGE));
        assertThat(applied.defect()).hasMessage("no rule for null");
        assertThat(applied.changes()).isEmpty();
        assertThat(tree.size()).isEqualTo(ZnodeTree.BUILT_IN.size());
        assertThat(run(Zxid.of(1, 3), defective).reply()).isEqualTo(applied.reply());
        LiveSession after = sessions.get(session.id());
        assertThat(after).isNotNull().extracting(LiveSession::lastCxid).isEqualTo(1L);
    }

    @Test
    void aFailureOfTheGateChangesNothing() {
        Session session = new Session(new SessionId(9), 9, 1_000, new byte[32], 10, 1_000);
        sessions.restore(session, 0);
        sessions.restoreReply(session.id(), 1, new byte[] {99}, 0); // no reply

        Applied applied = run(Zxid.of(1, 2), stamped(session.id(), 9, 1, 0, create("/a")));

        assertThat(applied.reply()).isEqualTo(Refused.of(Zxid.of(1, 2), ErrorCode.SYSTEM_ERROR, MESSAGE));
        assertThat(applied.defect()).isInstanceOf(MalformedBytesException.class);
        assertThat(applied.stateChanges()).isEmpty();
        LiveSession after = sessions.get(session.id());
        assertThat(after).isNotNull().extracting(LiveSession::session).isEqualTo(session);
        assertThat(after).extracting(LiveSession::lastCxid).isEqualTo(1L);
    }

    @Test
    void whatWasAppliedIsNotAppliedAgain() {
        StateHarness harness = new StateHarness();
        harness.write(create("/a"));

        assertThatThrownBy(() -> harness.state.apply(harness.zxid, new byte[0]))
                .isInstanceOf(Invariant.Broken.class)
                .hasMessage("1:1 was to be applied after 1:1");
    }

    private Applied run(Zxid zxid, Transaction.Body body) {
        return new Execution(tree, sessions, log, rows, zxid, 0).run(StateHarness.transaction(0, body));
    }
}
