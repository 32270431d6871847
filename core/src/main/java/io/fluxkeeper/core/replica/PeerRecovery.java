package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Algorithm;
import io.fluxkeeper.core.consensus.ChainHash;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.journal.AlgorithmFile;
import io.fluxkeeper.core.journal.DataDirectoryException;
import io.fluxkeeper.core.journal.DistrustedState;
import io.fluxkeeper.core.journal.FileJournal;
import io.fluxkeeper.core.journal.FileSystemPort;
import io.fluxkeeper.core.journal.Journal;
import io.fluxkeeper.core.journal.JournalRecovery;
import io.fluxkeeper.core.journal.JournalSettings;
import io.fluxkeeper.core.session.EnsembleSettings;
import io.fluxkeeper.core.store.DamagedStateException;
import io.fluxkeeper.core.store.StateDelta;
import io.fluxkeeper.core.store.StateDirectory;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.StateStore;
import io.fluxkeeper.core.store.StateStores;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Starts a peer from its data directory: locks it, reads the journal, loads the state that counts, brings journal and
 * state together, executes what is known committed. The steps are numbered in {@code core/docs/storage.md}.
 */
public final class PeerRecovery {
    private static final String LOCK_FILE = "peer.lock";
    /** Folded and not committed while the journal is executed; beyond, a commit. */
    private static final long UNCOMMITTED_BYTES_MAX = 16 << 20;
    /** Of the change log, once they are committed. */
    private static final long CHANGE_LOG_BYTES_KEPT = 4 << 20;

    private final FileSystemPort files;
    private final StateDirectory stores;
    private final JournalRecovery journal;
    private @Nullable StateStore store;
    private final EnsembleSettings founding;
    private final boolean acceptLoss;
    private StateMachine state;

    /**
     * What a peer is told once about its data directory.
     *
     * @param alone the ensemble has one peer: nobody can heal it
     * @param consensus whose records the journal holds
     * @param founding what a new ensemble's settings are: the same at all its peers
     * @param acceptLoss the operator's {@code --accept-loss}: go on with what is left of damaged data
     */
    public record Options(
            PeerId self,
            Algorithm consensus,
            EnsembleSettings founding,
            boolean alone,
            boolean acceptLoss,
            JournalSettings journal) {}

    /**
     * A peer's data, open and consistent. Closing it closes store and journal and gives the directory free.
     *
     * @param log for the broadcast; {@code applied} is as far as {@code state} was executed
     * @param lastBatch the number of the last batch in the journal; higher at each start of the same directory
     */
    public record Recovered(
            RecoveredLog log,
            long lastBatch,
            Journal journal,
            StateStore store,
            StateStores stores,
            StateMachine state,
            Closeable lock)
            implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try (lock;
                    journal;
                    store) {
                // Closed in the opposite order: the lock goes last.
            }
        }
    }

    private PeerRecovery(FileSystemPort files, StateDirectory stores, JournalRecovery journal, Options options) {
        this.files = files;
        this.stores = stores;
        this.journal = journal;
        this.founding = options.founding();
        this.acceptLoss = options.acceptLoss();
        this.state = new StateMachine(founding);
    }

    /**
     * Opens the data directory, or makes what a first start needs.
     *
     * @throws DataDirectoryException if the peer must not start on it; its message is for the operator
     */
    public static Recovered start(FileSystemPort files, StateDirectory stores, Options options) throws IOException {
        Closeable lock = files.tryLock(LOCK_FILE);
        if (lock == null) {
            throw new DataDirectoryException("The data directory " + files.location()
                    + " is in use by another process: stop that one, or give this peer a directory of its own.");
        }
        PeerRecovery recovery = null;
        try {
            JournalRecovery journal =
                    JournalRecovery.read(files, options.self(), options.alone(), options.acceptLoss());
            AlgorithmFile.require(files, options.consensus(), journal);
            recovery = new PeerRecovery(files, stores, journal, options);
            return recovery.finish(options, lock);
        } catch (IOException | RuntimeException failure) {
            try (lock;
                    StateStore opened = recovery == null ? null : recovery.store) {
                throw failure;
            }
        }
    }

    private Recovered finish(Options options, Closeable lock) throws IOException {
        StateStore opened = chooseState();
        store = opened;
        FileJournal written = FileJournal.start(files, options.journal(), journal);
        try {
            if (acceptLoss) {
                stores.keepAllBut(opened.fileName());
            }
            stores.deleteAllBut(opened.fileName());
            DistrustedState.forget(files);
            Zxid committed = Zxid.max(journal.committed(), opened.meta().applied());
            Zxid applied = execute(opened, committed);
            RecoveredLog log = new RecoveredLog(
                    journal.membership(),
                    journal.ensembleId(),
                    journal.acceptedEpoch(),
                    journal.currentEpoch(),
                    journal.base(),
                    journal.baseChain(),
                    journal.entries(),
                    applied,
                    committed,
                    journal.accepted(),
                    journal.note());
            return new Recovered(log, written.lastNumber(), written, opened, stores, state, lock);
        } catch (IOException | RuntimeException failure) {
            try (written) {
                throw failure;
            }
        }
    }

    /** The state file that the journal names, if it is sound and fits; else an empty one, and what follows from it. */
    private StateStore chooseState() throws IOException {
        if (journal.isNew()) {
            journal.useStateFile(emptyState());
            return stores.open(journal.stateFile());
        }
        if (DistrustedState.isNoted(files)) {
            return beginAgain("The state was found to differ from what a quorum has");
        }
        String file = journal.stateFile();
        if (file.isEmpty()) {
            return beginAgain("The journal's beginning is lost, and with it which state file counts");
        }
        if (!stores.exists(file)) {
            journal.refuseMissingStateFile();
            return rebuild("The state file " + file + " is missing");
        }
        try {
            StateStore opened = stores.open(file);
            store = opened;
            return load(opened);
        } catch (DamagedStateException damaged) {
            return rebuild("The state file " + file + " is damaged (" + damaged.getMessage() + ")");
        }
    }

    private StateStore load(StateStore opened) throws IOException {
        StateMeta meta = opened.meta();
        state = read(opened);
        if (meta.applied().isAfter(journal.last()) && !journal.decide(meta.applied(), meta.chain())) {
            journal.loseVote("The journal ends at " + journal.last() + ", before the state at " + meta.applied());
            journal.restartAt(opened.fileName(), meta.applied(), meta.chain());
            return opened;
        }
        journal.reachBack(meta.applied(), meta.chain());
        if (journal.base().isAfter(meta.applied())) {
            return beginAgain("The journal begins at " + journal.base() + ", after the state at " + meta.applied());
        }
        Long chain = chainAt(meta.applied());
        if (chain == null || chain != meta.chain()) {
            return beginAgain("Journal and state file are not of one history at " + meta.applied());
        }
        return opened;
    }

    /** @throws DamagedStateException if a CRC or the digest says so */
    private StateMachine read(StateStore opened) throws IOException {
        if (opened.meta().applied().equals(Zxid.ZERO)) {
            return new StateMachine(founding);
        }
        StateMachine.Loader loader = StateMachine.loader(founding);
        opened.load(loader);
        return loader.finish(opened.meta());
    }

    /** Null when the journal has no such place. */
    private @Nullable Long chainAt(Zxid zxid) {
        if (zxid.equals(journal.base())) {
            return journal.baseChain();
        }
        return journal.entries().stream()
                .filter(entry -> entry.zxid().equals(zxid))
                .map(Entry::chain)
                .findFirst()
                .orElse(null);
    }

    /** From the journal, if it goes back to the beginning; else from the other peers. */
    private StateStore rebuild(String why) throws IOException {
        if (!journal.base().equals(Zxid.ZERO)) {
            return beginAgain(why);
        }
        closeStore();
        state = new StateMachine(founding);
        journal.rebuildState(emptyState(), why);
        return stores.open(journal.stateFile());
    }

    /**
     * With nothing: the others have it all. Where loss is accepted perhaps nobody has, and then history begins at the
     * newest state that is sound, whatever the journal says.
     */
    private StateStore beginAgain(String why) throws IOException {
        closeStore();
        journal.loseVote(why);
        String left = acceptLoss ? newestSoundState() : null;
        if (left != null) {
            StateStore opened = stores.open(left);
            store = opened;
            state = read(opened);
            StateMeta meta = opened.meta();
            journal.restartAt(left, meta.applied(), meta.chain());
            journal.note("History goes on from the state in " + left + ", at " + meta.applied() + ".");
            return opened;
        }
        if (acceptLoss) {
            journal.note("No state is sound: history begins with an empty tree, and state files are kept as kept-*.");
        }
        state = new StateMachine(founding);
        String file = emptyState();
        journal.restartAt(file, Zxid.ZERO, ChainHash.EMPTY);
        return stores.open(file);
    }

    /** Null when there is none that holds anything. */
    private @Nullable String newestSoundState() throws IOException {
        String newest = null;
        Zxid applied = Zxid.ZERO;
        for (String name : stores.names()) {
            try (StateStore candidate = stores.open(name)) {
                if (candidate.meta().applied().isAfter(applied)) {
                    state = read(candidate);
                    newest = name;
                    applied = candidate.meta().applied();
                }
            } catch (DamagedStateException unusable) {
                // It is kept, under another name.
            }
        }
        return newest;
    }

    private void closeStore() throws IOException {
        if (store != null) {
            store.close();
            store = null;
        }
    }

    private String emptyState() throws IOException {
        return stores.receive().finish(new StateMeta(Zxid.ZERO, ChainHash.EMPTY, 0));
    }

    /** Executes what is known committed, and folds it; gives the last transaction executed. */
    private Zxid execute(StateStore into, Zxid committed) throws IOException {
        Zxid applied = into.meta().applied();
        for (Entry entry : journal.entries()) {
            if (entry.zxid().isAfter(applied) && !entry.zxid().isAfter(committed)) {
                Applied outcome = state.apply(entry.zxid(), entry.payload());
                into.fold(new StateDelta(entry.zxid(), entry.chain(), state.digest(), outcome.stateChanges()));
                applied = entry.zxid();
                if (into.uncommittedBytes() > UNCOMMITTED_BYTES_MAX) {
                    into.commit();
                    state.committed(applied, CHANGE_LOG_BYTES_KEPT);
                }
            }
        }
        return applied;
    }
}
