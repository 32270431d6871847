package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Algorithm;
import io.fluxkeeper.core.journal.DiskFiles;
import io.fluxkeeper.core.journal.JournalSettings;
import io.fluxkeeper.core.session.EnsembleSettings;
import io.fluxkeeper.core.store.MvStateStores;
import io.fluxkeeper.core.store.StateDelta;
import io.fluxkeeper.core.store.StateMeta;
import java.io.IOException;
import java.nio.file.Path;

/** What no CRC finds: a state that is sound by itself, and not the one that its peer's history leads to. */
public final class DivergedState {
    private DivergedState() {}

    /** Adds a session that nobody opened to the state of a founded peer that is not running. */
    public static void make(Path directory, int peer, Algorithm algorithm) throws IOException {
        DiskFiles files = new DiskFiles(directory);
        PeerId self = new PeerId(peer);
        PeerRecovery.Options options = new PeerRecovery.Options(
                self, algorithm, EnsembleSettings.DEFAULT, false, false, JournalSettings.DEFAULT);
        try (PeerRecovery.Recovered recovered = PeerRecovery.start(files, new MvStateStores(files, self), options)) {
            recovered.store().commit();
            StateMeta meta = recovered.store().meta();
            StateMachine state = recovered.state();
            byte[] payload = TransactionCodec.encode(new Transaction(
                    state.lastTimeMillis(),
                    new Transaction.Origin(self, 1, 1),
                    new Transaction.OpenSession(60_000, new byte[32])));
            // A session is named by its zxid: one that the peer will not come to, else it would be opened over this
            // one.
            Zxid far = new Zxid(meta.applied().value() + 1_000_000);
            Applied applied = state.apply(far, payload);
            recovered
                    .store()
                    .fold(new StateDelta(meta.applied(), meta.chain(), state.digest(), applied.stateChanges()));
            recovered.store().commit();
        }
    }
}
