package io.fluxkeeper.core.replica;

import static io.fluxkeeper.core.replica.StateHarness.create;
import static io.fluxkeeper.core.replica.StateHarness.delete;
import static io.fluxkeeper.core.replica.StateHarness.set;
import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.session.EnsembleSettings;
import io.fluxkeeper.core.store.DamagedStateException;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.StateTable;
import io.fluxkeeper.core.znode.Identity;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The change log as part of the state: what a write costs for it, and that it is the same everywhere. */
class ChangesInStateTest {
    private final StateHarness harness = new StateHarness(new StateMachine(keeping(64)));

    private static EnsembleSettings keeping(int changes) {
        Map<String, Integer> settings = new TreeMap<>(EnsembleSettings.DEFAULT.byName());
        settings.put("changeLogCountMax", changes);
        return EnsembleSettings.ofNames(settings);
    }

    @Test
    void aWriteChangesOneRowOfTheLogAndARefusedOneNone() {
        assertThat(rowsOf(harness.multi(create("/a"), create("/b"), set("/a", "1", -1))))
                .isEqualTo(1);
        assertThat(rowsOf(harness.multi(create("/a")))).isZero();
        SessionId session = harness.open();
        assertThat(rowsOf(harness.write(session, 1, 0, set("/a", "2", -1)))).isEqualTo(1);
        assertThat(harness.table(StateTable.CHANGES)).hasSizeLessThan(3);
    }

    private static long rowsOf(Applied applied) {
        return applied.stateChanges().stream()
                .filter(row -> row.table() == StateTable.CHANGES)
                .count();
    }

    @Test
    void aWriteAllocatesLittleForTheLog() {
        StateHarness usual = new StateHarness();
        usual.write(create("/some"));
        usual.write(create("/some/znode"));
        Transaction.Body write = new Transaction.Write(
                null, 0, false, List.of(set("/some/znode", "x".repeat(100), -1)), List.of(Identity.ANYONE));
        byte[] payload = TransactionCodec.encode(StateHarness.transaction(1_000, write));
        Zxid zxid = usual.zxid;
        for (int i = 0; i < 2_000; i++) { // until the compilers have seen it
            zxid = zxid.next();
            usual.state.apply(zxid, payload);
        }
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 2_000; i++) {
            zxid = zxid.next();
            usual.state.apply(zxid, payload);
        }
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / 2_000;
        assertThat(each).isLessThan(2_400); // of which some 500 for the log
    }

    @Test
    void theLogIsTrimmedAlikeAtAPeerThatExecutedAllOfItAndAtOneThatWasRestarted() throws DamagedStateException {
        harness.write(create("/a"));
        StateHarness restarted = harness;
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 30; i++) {
                harness.write(operation(i));
                if (restarted != harness) {
                    restarted.write(operation(i));
                }
            }
            assertThat(restarted.state.digest()).isEqualTo(harness.state.digest());
            assertThat(restarted.table(StateTable.CHANGES).keySet())
                    .isEqualTo(harness.table(StateTable.CHANGES).keySet());
            restarted = restarted(harness);
        }
        assertThat(harness.table(StateTable.CHANGES)).hasSizeLessThan(20);
    }

    private static Operation operation(int i) {
        return switch (i % 3) {
            case 0 -> create("/a/" + i);
            case 1 -> set("/a", "" + i, -1);
            default -> delete("/a/" + (i - 2), -1);
        };
    }

    private static StateHarness restarted(StateHarness from) throws DamagedStateException {
        StateHarness restarted =
                new StateHarness(from.load(new StateMeta(from.state.applied(), 0, from.state.digest())));
        from.rows.forEach((table, rows) -> restarted.table(table).putAll(rows));
        restarted.timeMillis = from.timeMillis;
        return restarted;
    }
}
