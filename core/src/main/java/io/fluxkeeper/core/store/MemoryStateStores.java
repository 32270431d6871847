package io.fluxkeeper.core.store;

import io.fluxkeeper.core.Zxid;
import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * State files in memory, for the simulation. What was committed is there for a store opened later, as on a disk;
 * what was only folded is gone with the store.
 */
public final class MemoryStateStores implements StateDirectory {
    private final SortedMap<String, MemoryStateStore.Image> images = new TreeMap<>();

    @Override
    public StateStore open(String fileName) throws IOException {
        MemoryStateStore.Image image = images.get(fileName);
        if (image == null) {
            throw new DamagedStateException("there is no state file " + fileName);
        }
        return new MemoryStateStore(fileName, image);
    }

    @Override
    public StateReceiver receive() {
        return new Receiver();
    }

    @Override
    public void delete(String fileName) {
        images.remove(fileName);
    }

    @Override
    public boolean exists(String fileName) {
        return images.containsKey(fileName);
    }

    @Override
    public void deleteAllBut(String fileName) {
        images.keySet().removeIf(name -> !name.equals(fileName));
    }

    /** Names of all files, sorted. */
    public SortedMap<String, StateMeta> files() {
        SortedMap<String, StateMeta> files = new TreeMap<>();
        images.forEach((name, image) -> files.put(name, image.meta));
        return files;
    }

    /** Flips a bit of a stored value, as a bad disk would; false when there is no such row. */
    public boolean flipBit(String fileName, StateTable table, String key) {
        MemoryStateStore.Image image = images.get(fileName);
        byte @Nullable [] stored = image == null ? null : image.table(table).get(key);
        if (stored == null) {
            return false;
        }
        stored[stored.length - 1] ^= 4;
        return true;
    }

    private final class Receiver implements StateReceiver {
        private final MemoryStateStore.Image image = new MemoryStateStore.Image();

        @Override
        public void accept(StateChunk chunk) throws IOException {
            if (!chunk.isIntact()) {
                throw new DamagedStateException("a chunk of the state came in damaged");
            }
            Map<String, byte[]> rows = image.table(chunk.table());
            for (int i = 0; i < chunk.keys().size(); i++) {
                String key = chunk.keys().get(i);
                rows.put(
                        key, StoredRow.encode(chunk.table(), key, chunk.values().get(i)));
            }
        }

        @Override
        public String finish(StateMeta meta) {
            image.meta = meta;
            String name = StateFileNames.free(meta.applied(), images::containsKey);
            images.put(name, image);
            return name;
        }

        @Override
        public void abort() {
            // Nothing was put where it could be found.
        }
    }

    /** What a store that was never written says of itself. */
    static StateMeta emptyMeta() {
        return new StateMeta(Zxid.ZERO, 0, 0);
    }
}
