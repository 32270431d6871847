package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.journal.FileSystemPort;
import io.fluxkeeper.core.journal.JournalBatch;
import io.fluxkeeper.core.store.StateDelta;
import io.fluxkeeper.core.store.StateDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A started peer and just enough of a host to write its history. */
final class StartedPeer implements AutoCloseable {
    final PeerRecovery.Recovered recovered;
    private final List<Entry> entries = new ArrayList<>();
    private long batch;
    private Zxid last;
    private long chain;

    StartedPeer(FileSystemPort files, StateDirectory stores, PeerRecovery.Options options) throws IOException {
        recovered = PeerRecovery.start(files, stores, options);
        batch = recovered.lastBatch();
        last = log().last();
        chain = log().entries().isEmpty()
                ? log().baseChain()
                : log().entries().get(log().entries().size() - 1).chain();
    }

    RecoveredLog log() {
        return recovered.log();
    }

    void found() throws IOException {
        append(new DurableRecord.MembershipMark(Membership.FOUNDED, 77));
    }

    void append(DurableRecord record) throws IOException {
        recovered.journal().append(List.of(new JournalBatch(++batch, Zxid.ZERO, List.of(record))));
    }

    void openSessions(int count) throws IOException {
        StateHarness harness = new StateHarness();
        for (int i = 0; i < count; i++) {
            Zxid next = last.epoch() == 0 ? Zxid.of(1, 1) : last.next();
            byte[] payload = TransactionCodec.encode(
                    harness.transaction(1_000, new Transaction.OpenSession(4_000, StateHarness.PASSWORD_HASH)));
            Entry entry = Entry.after(last, chain, next, payload);
            append(new DurableRecord.Append(entry));
            last = next;
            chain = entry.chain();
            entries.add(entry);
        }
    }

    /** Executes up to there and commits it to the store, as the store thread would. */
    void commitState(Zxid to) throws IOException {
        for (Entry entry : entries) {
            boolean executed = !entry.zxid().isAfter(recovered.state().applied());
            if (!executed && !entry.zxid().isAfter(to)) {
                Applied applied = recovered.state().apply(entry.zxid(), entry.payload());
                recovered
                        .store()
                        .fold(new StateDelta(
                                entry.zxid(), entry.chain(), recovered.state().digest(), applied.stateChanges()));
            }
        }
        recovered.store().commit();
    }

    @Override
    public void close() throws IOException {
        recovered.close();
    }
}
