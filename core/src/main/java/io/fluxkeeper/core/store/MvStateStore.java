package io.fluxkeeper.core.store;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.journal.DataDirectoryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Map;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/**
 * A state in one MVStore file. MVStore's pages carry no checksum of their content, it commits on its own unless told
 * twice not to, and its {@code sync} keeps silent about a closed file; each of these is answered here
 * ({@code core/docs/storage.md} lists the facts).
 */
final class MvStateStore implements StateStore {
    /** 1 was that of versions before any release: its sessions said how far their writes had come. */
    static final int FORMAT = 2;

    /** Freed space is not written over for so long: a crash may need the versions that lie in it. */
    private static final int RETENTION_MILLIS = 45_000;

    private static final int VERSIONS_TO_KEEP = 5;

    static final String META_MAP = "meta";
    static final String META_KEY = "meta";

    private final MVStore store;
    private final String fileName;
    private final PeerId peer;
    private final Map<StateTable, MVMap<String, byte[]>> tables = new EnumMap<>(StateTable.class);
    private final MVMap<String, byte[]> metaMap;
    private final PendingChanges pending = new PendingChanges();
    private StateMeta meta = new StateMeta(Zxid.ZERO, 0, 0);

    private MvStateStore(MVStore store, String fileName, PeerId peer) {
        this.store = store;
        this.fileName = fileName;
        this.peer = peer;
        for (StateTable table : StateTable.values()) {
            tables.put(table, openMap(table.name()));
        }
        this.metaMap = openMap(META_MAP);
    }

    /** Opens a file that holds a state. */
    static MvStateStore open(Path file, PeerId peer) throws IOException {
        MvStateStore opened = start(file, peer);
        try {
            opened.meta = opened.readMeta();
            return opened;
        } catch (IOException | RuntimeException unusable) {
            opened.store.closeImmediately();
            throw readError(file.toString(), unusable);
        }
    }

    /** Begins a state in an empty file; there is nothing to open in it before {@link #finish}. */
    static MvStateStore create(Path file, PeerId peer) throws IOException {
        return start(file, peer);
    }

    private static MvStateStore start(Path file, PeerId peer) throws IOException {
        StateFile stateFile = null;
        MVStore store = null;
        try {
            stateFile = StateFile.open(file);
            store = new MVStore.Builder()
                    .adoptFileStore(stateFile)
                    .autoCommitDisabled()
                    .autoCommitBufferSize(0)
                    .open();
            store.setRetentionTime(RETENTION_MILLIS);
            store.setVersionsToKeep(VERSIONS_TO_KEEP);
            return new MvStateStore(store, String.valueOf(file.getFileName()), peer);
        } catch (RuntimeException | AssertionError | OutOfMemoryError unreadable) {
            // Little is read here: running out of memory means that MVStore believed a damaged length. What it throws
            // otherwise depends on which bit was flipped.
            if (store != null) {
                store.closeImmediately();
            } else if (stateFile != null) {
                stateFile.abandon(unreadable);
            }
            throw readError(file.toString(), unreadable);
        }
    }

    private MVMap<String, byte[]> openMap(String name) {
        return store.openMap(
                name,
                new MVMap.Builder<String, byte[]>()
                        .keyType(new CheckedTypes.Keys())
                        .valueType(new CheckedTypes.Values()));
    }

    @Override
    public StateMeta meta() {
        return meta;
    }

    @Override
    public void load(StateVisitor visitor) throws IOException {
        try {
            show(visitor);
        } catch (UncheckedIOException unreadable) {
            throw unreadable.getCause();
        }
    }

    private void show(StateVisitor visitor) throws DamagedStateException {
        for (StateTable table : StateTable.values()) {
            MvRows rows = new MvRows(table, table(table), null);
            while (rows.hasNext()) {
                String key = rows.nextKey();
                visitor.accept(table, key, StoredRow.decode(table, key, rows.stored()));
            }
        }
    }

    /** Nothing is put between two commits: the maps are as the last one left them. */
    @Override
    public StateChunk read(StateTable table, String fromKey, int bytesMax) throws IOException {
        try {
            return ChunkIterator.chunk(table, new MvRows(table, table(table), fromKey), bytesMax);
        } catch (UncheckedIOException unreadable) {
            throw unreadable.getCause();
        }
    }

    @Override
    public void fold(StateDelta delta) {
        pending.add(delta);
    }

    @Override
    public long uncommittedBytes() {
        return pending.bytes();
    }

    @Override
    public void commit() throws IOException {
        StateMeta next = pending.meta();
        if (next != null) {
            try {
                pending.drainTo(this::put);
                writeMeta(next);
            } catch (MVStoreException | IllegalStateException failure) {
                throw cannotWrite(failure);
            }
        }
    }

    /** Puts a row that comes encoded from another peer; durable with {@link #finish}. */
    void put(StateTable table, String key, byte @Nullable [] stored) {
        if (stored == null) {
            table(table).remove(key);
        } else {
            table(table).put(key, stored);
        }
    }

    /** Writes out what was put, to free memory; without a meta record it is not yet a state. */
    void commitUnfinished() throws IOException {
        try {
            store.commit();
        } catch (MVStoreException | IllegalStateException failure) {
            throw cannotWrite(failure);
        }
    }

    /** Makes what was put durable, as the version that {@code next} describes. */
    void finish(StateMeta next) throws IOException {
        try {
            writeMeta(next);
        } catch (MVStoreException | IllegalStateException failure) {
            throw cannotWrite(failure);
        }
    }

    /** MVStore says where in which file; what the operator must know is behind that. */
    private IOException cannotWrite(RuntimeException failure) {
        Throwable reason = failure;
        while (reason.getCause() != null) {
            reason = reason.getCause();
        }
        return new IOException("cannot write to " + fileName + ": " + reason.getMessage(), failure);
    }

    private void writeMeta(StateMeta next) throws IOException {
        metaMap.put(META_KEY, encode(next));
        store.commit();
        store.sync();
        checkOpen();
        meta = next;
    }

    @Override
    public Pin pin() {
        return new VersionPin();
    }

    @Override
    public String fileName() {
        return fileName;
    }

    /** Without MVStore's own farewell, which would write with a retention time of nothing. All is durable already. */
    @Override
    public void close() {
        store.closeImmediately();
    }

    private MVMap<String, byte[]> table(StateTable table) {
        MVMap<String, byte[]> map = tables.get(table);
        if (map == null) {
            throw new IllegalStateException("no map for " + table);
        }
        return map;
    }

    /** {@code sync} returns normally when an interrupt has closed the file; reading from it does not. */
    private void checkOpen() throws IOException {
        if (store.isClosed() || store.getPanicException() != null) {
            throw new IOException(fileName + " was closed by MVStore");
        }
        try {
            store.getFileStore().readFully(null, 0, 16);
        } catch (MVStoreException closed) {
            throw new IOException(fileName + " was closed while it was written", closed);
        }
    }

    private byte[] encode(StateMeta of) {
        byte[] content = new BinaryWriter(64)
                .writeInt(FORMAT)
                .writeInt(peer.value())
                .writeLong(of.applied().value())
                .writeLong(of.chain())
                .writeLong(of.digest())
                .toByteArray();
        return StoredRow.encode(StateTable.SETTINGS, META_KEY, content);
    }

    private StateMeta readMeta() throws IOException {
        byte[] stored = metaMap.get(META_KEY);
        if (stored == null) {
            throw new DamagedStateException(fileName + " holds no finished state");
        }
        BinaryReader in = new BinaryReader(StoredRow.decode(StateTable.SETTINGS, META_KEY, stored));
        try {
            int format = in.readInt();
            if (format != FORMAT) {
                throw new DataDirectoryException("The state file " + fileName + " has format " + format
                        + "; this version reads " + FORMAT + ": start "
                        + (format > FORMAT ? "a newer" : "an older") + " version.");
            }
            int owner = in.readInt();
            if (owner != peer.value()) {
                throw new DataDirectoryException("The state file " + fileName + " belongs to peer " + owner
                        + ", and this is peer " + peer + ": correct the peer id or the data directory.");
            }
            return new StateMeta(new Zxid(in.readLong()), in.readLong(), in.readLong());
        } catch (MalformedBytesException | IllegalArgumentException senseless) {
            throw new DamagedStateException(fileName + " says nothing sensible about itself");
        }
    }

    /** An exception of MVStore while it reads means damage, unless another process has the file. */
    private static IOException readError(String file, Throwable cause) {
        if (cause instanceof IOException already) {
            return already;
        }
        boolean locked = cause instanceof MVStoreException store && store.getErrorCode() == DataUtils.ERROR_FILE_LOCKED;
        IOException error = locked
                ? new DataDirectoryException(file + " is in use by another process: stop that one first.")
                : new DamagedStateException(file + " cannot be read: " + cause.getMessage());
        error.initCause(cause);
        return error;
    }

    /** The maps as they were at the last commit: between commits nothing is put into them. */
    private final class VersionPin implements Pin {
        private final StateMeta pinned = meta;
        private final MVStore.TxCounter usage = store.registerVersionUsage();
        private final Map<StateTable, MVMap<String, byte[]>> versions = new EnumMap<>(StateTable.class);
        private boolean closed;

        VersionPin() {
            long version = store.getCurrentVersion();
            for (StateTable table : StateTable.values()) {
                versions.put(table, table(table).openVersion(version));
            }
        }

        @Override
        public StateMeta meta() {
            return pinned;
        }

        @Override
        public Iterator<StateChunk> chunks(int chunkBytes) {
            return new ChunkIterator(chunkBytes, table -> {
                MVMap<String, byte[]> version = versions.get(table);
                if (version == null || closed) {
                    throw new IllegalStateException("the pin is closed");
                }
                return new MvRows(table, version, null);
            });
        }

        @Override
        public void close() {
            if (!closed && !store.isClosed()) {
                store.deregisterVersionUsage(usage);
            }
            closed = true;
        }
    }
}
