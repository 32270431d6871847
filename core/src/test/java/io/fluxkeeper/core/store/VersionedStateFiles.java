package io.fluxkeeper.core.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * State files in memory as a disk keeps them: a commit makes a version, {@link #synced} makes it certain, and a crash
 * leaves any version from the last certain one to the last committed. Damage is found when a file is opened or loaded.
 */
public final class VersionedStateFiles implements StateDirectory {
    private final TreeMap<String, StateFile> files = new TreeMap<>();

    /** One committed version. Immutable once made. */
    private record Version(StateMeta meta, Map<StateTable, TreeMap<String, byte[]>> rows) {
        TreeMap<String, byte[]> table(StateTable table) {
            return rows.getOrDefault(table, new TreeMap<>());
        }
    }

    private static final class StateFile {
        /** The first is certain to survive. */
        final List<Version> versions = new ArrayList<>();

        boolean unreadable;

        StateFile(Version first) {
            versions.add(first);
        }

        Version last() {
            return versions.get(versions.size() - 1);
        }
    }

    /** What a bad disk does to a state file. */
    public enum Damage {
        FLIPPED_BIT,
        ZEROED_ROW,
        LOST_ROWS,
        UNREADABLE
    }

    /** Everything committed so far is certain to survive. */
    public void synced() {
        for (StateFile file : files.values()) {
            file.versions.subList(0, file.versions.size() - 1).clear();
        }
    }

    /** The machine stops: of the versions that were committed and not synced, chance keeps one. */
    public void crash(RandomGenerator random) {
        for (StateFile file : files.values()) {
            int kept = random.nextInt(file.versions.size());
            Version version = file.versions.get(kept);
            file.versions.clear();
            file.versions.add(version);
        }
    }

    /** Damage of what only the newest version consists of: the one before is opened. */
    public void loseNewestVersion(String fileName) {
        List<Version> versions = files.get(fileName).versions;
        versions.remove(versions.size() - 1);
    }

    /** @return false when the file holds nothing that could be damaged so */
    public boolean damage(String fileName, Damage damage, RandomGenerator random) {
        StateFile file = files.get(fileName);
        if (file == null) {
            return false;
        }
        if (damage == Damage.UNREADABLE) {
            file.unreadable = true;
            return true;
        }
        TreeMap<String, byte[]> rows = file.last().table(StateTable.ZNODES);
        if (rows.isEmpty()) {
            return false;
        }
        String key = List.copyOf(rows.keySet()).get(random.nextInt(rows.size()));
        if (damage == Damage.LOST_ROWS) {
            rows.tailMap(key, true).clear();
        } else {
            byte[] stored = damage == Damage.ZEROED_ROW
                    ? new byte[rows.get(key).length]
                    : rows.get(key).clone();
            if (damage == Damage.FLIPPED_BIT) {
                stored[random.nextInt(stored.length)] ^= (byte) (1 << random.nextInt(8));
            }
            rows.put(key, stored);
        }
        return true;
    }

    /** @return false when there is no such row */
    public boolean flipBit(String fileName, StateTable table, String key) {
        StateFile file = files.get(fileName);
        byte[] stored = file == null ? null : file.last().table(table).get(key);
        if (stored == null) {
            return false;
        }
        stored[stored.length - 1] ^= 4;
        return true;
    }

    @Override
    public StateStore open(String fileName) throws IOException {
        StateFile file = files.get(fileName);
        if (file == null) {
            throw new DamagedStateException("there is no state file " + fileName);
        }
        if (file.unreadable) {
            throw new DamagedStateException(fileName + " cannot be read");
        }
        return new Store(fileName, file);
    }

    @Override
    public StateReceiver receive() {
        return new Receiver();
    }

    @Override
    public void delete(String fileName) {
        files.remove(fileName);
    }

    @Override
    public boolean exists(String fileName) {
        return files.containsKey(fileName);
    }

    @Override
    public void deleteAllBut(String fileName) {
        files.keySet().removeIf(name -> StateFileNames.isOurs(name) && !name.equals(fileName));
    }

    @Override
    public void keepAllBut(String fileName) {
        for (String name : names()) {
            if (!name.equals(fileName)) {
                files.put(StateFileNames.freeKept(name, files::containsKey), files.remove(name));
            }
        }
    }

    @Override
    public List<String> names() {
        return files.keySet().stream().filter(StateFileNames::isState).toList();
    }

    private static final class Store implements StateStore {
        private final String fileName;
        private final StateFile file;
        private final PendingChanges pending = new PendingChanges();

        Store(String fileName, StateFile file) {
            this.fileName = fileName;
            this.file = file;
        }

        @Override
        public StateMeta meta() {
            return file.last().meta();
        }

        @Override
        public void load(StateVisitor visitor) throws IOException {
            for (StateTable table : StateTable.values()) {
                for (Map.Entry<String, byte[]> row : file.last().table(table).entrySet()) {
                    visitor.accept(table, row.getKey(), StoredRow.decode(table, row.getKey(), row.getValue()));
                }
            }
        }

        @Override
        public StateChunk read(StateTable table, String fromKey, int bytesMax) throws IOException {
            try {
                return ChunkIterator.chunk(
                        table, rows(new TreeMap<>(file.last().table(table).tailMap(fromKey))), bytesMax);
            } catch (java.io.UncheckedIOException damaged) {
                throw damaged.getCause();
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
        public void commit() {
            StateMeta next = pending.meta();
            if (next == null) {
                return;
            }
            Map<StateTable, TreeMap<String, byte[]>> rows = new EnumMap<>(StateTable.class);
            for (StateTable table : StateTable.values()) {
                rows.put(table, new TreeMap<>(file.last().table(table)));
            }
            pending.drainTo((table, key, stored) -> put(rows.get(table), key, stored));
            file.versions.add(new Version(next, rows));
        }

        private static void put(TreeMap<String, byte[]> rows, String key, byte @Nullable [] stored) {
            if (stored == null) {
                rows.remove(key);
            } else {
                rows.put(key, stored);
            }
        }

        @Override
        public Pin pin() {
            Version pinned = file.last();
            return new Pin() {
                @Override
                public StateMeta meta() {
                    return pinned.meta();
                }

                @Override
                public Iterator<StateChunk> chunks(int chunkBytes) {
                    return new ChunkIterator(chunkBytes, table -> rows(pinned.table(table)));
                }

                @Override
                public void close() {
                    // A version holds nothing but memory.
                }
            };
        }

        @Override
        public String fileName() {
            return fileName;
        }

        @Override
        public void close() {
            // What was committed stays in the file.
        }
    }

    private static ChunkIterator.Rows rows(TreeMap<String, byte[]> table) {
        Iterator<Map.Entry<String, byte[]>> entries = table.entrySet().iterator();
        return new ChunkIterator.Rows() {
            private byte[] stored = new byte[0];

            @Override
            public boolean hasNext() {
                return entries.hasNext();
            }

            @Override
            public String nextKey() {
                Map.Entry<String, byte[]> row = entries.next();
                stored = row.getValue();
                return row.getKey();
            }

            @Override
            public byte[] stored() {
                return stored;
            }
        };
    }

    private final class Receiver implements StateReceiver {
        private final Map<StateTable, TreeMap<String, byte[]>> rows = new EnumMap<>(StateTable.class);

        @Override
        public void accept(StateChunk chunk) throws IOException {
            if (!chunk.isIntact()) {
                throw new DamagedStateException("a chunk of the state came in damaged");
            }
            TreeMap<String, byte[]> table = rows.computeIfAbsent(chunk.table(), absent -> new TreeMap<>());
            for (int i = 0; i < chunk.keys().size(); i++) {
                String key = chunk.keys().get(i);
                table.put(
                        key, StoredRow.encode(chunk.table(), key, chunk.values().get(i)));
            }
        }

        @Override
        public String finish(StateMeta meta) {
            String name = StateFileNames.free(meta.applied(), files::containsKey);
            files.put(name, new StateFile(new Version(meta, rows)));
            return name;
        }

        @Override
        public void abort() {
            // Nothing was put where it could be found.
        }
    }
}
