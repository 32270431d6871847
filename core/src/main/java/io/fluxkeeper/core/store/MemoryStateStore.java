package io.fluxkeeper.core.store;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A state in memory, with the promises of a file: a commit is all or nothing, a pin does not move. */
public final class MemoryStateStore implements StateStore {
    private final String fileName;
    private final Image image;
    private final PendingChanges pending = new PendingChanges();

    /** What would be on disk. */
    static final class Image {
        StateMeta meta = MemoryStateStores.emptyMeta();
        private final Map<StateTable, SortedMap<String, byte[]>> tables = new EnumMap<>(StateTable.class);

        SortedMap<String, byte[]> table(StateTable table) {
            return tables.computeIfAbsent(table, absent -> new TreeMap<>());
        }

        Image copy() {
            Image copy = new Image();
            copy.meta = meta;
            tables.forEach((table, rows) -> copy.table(table).putAll(rows));
            return copy;
        }
    }

    /** A new, empty one that is no file. */
    public MemoryStateStore() {
        this("", new Image());
    }

    MemoryStateStore(String fileName, Image image) {
        this.fileName = fileName;
        this.image = image;
    }

    @Override
    public StateMeta meta() {
        return image.meta;
    }

    @Override
    public void load(StateVisitor visitor) throws IOException {
        for (StateTable table : StateTable.values()) {
            for (Map.Entry<String, byte[]> row : image.table(table).entrySet()) {
                visitor.accept(table, row.getKey(), StoredRow.decode(table, row.getKey(), row.getValue()));
            }
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
        if (next != null) {
            pending.drainTo(this::put);
            image.meta = next;
        }
    }

    private void put(StateTable table, String key, byte @Nullable [] stored) {
        if (stored == null) {
            image.table(table).remove(key);
        } else {
            image.table(table).put(key, stored);
        }
    }

    @Override
    public Pin pin() {
        Image pinned = image.copy();
        return new Pin() {
            @Override
            public StateMeta meta() {
                return pinned.meta;
            }

            @Override
            public Iterator<StateChunk> chunks(int chunkBytes) {
                return new ChunkIterator(chunkBytes, table -> rows(pinned.table(table)));
            }

            @Override
            public void close() {
                // A copy holds nothing.
            }
        };
    }

    @Override
    public String fileName() {
        return fileName;
    }

    @Override
    public void close() {
        // What was committed stays in the image, as a file would.
    }

    private static ChunkIterator.Rows rows(SortedMap<String, byte[]> table) {
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
}
