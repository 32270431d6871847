package io.fluxkeeper.core.store;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Cuts the rows of all tables into chunks, reading no further than it is asked, and checks each row's CRC. */
final class ChunkIterator implements Iterator<StateChunk> {
    private final int chunkBytes;
    private final Function<StateTable, Rows> tables;
    private int tableIndex;
    private @Nullable Rows rows;

    /** The stored rows of a table, keys in order. */
    interface Rows {
        boolean hasNext();

        /** Moves on. */
        String nextKey();

        /** Of the key moved to, with its CRC. */
        byte[] stored();
    }

    ChunkIterator(int chunkBytes, Function<StateTable, Rows> tables) {
        this.chunkBytes = chunkBytes;
        this.tables = tables;
    }

    @Override
    public boolean hasNext() {
        return current() != null;
    }

    /** @throws UncheckedIOException with a {@link DamagedStateException}: this state must not be handed on */
    @Override
    public StateChunk next() {
        Rows from = current();
        if (from == null) {
            throw new NoSuchElementException();
        }
        return chunk(StateTable.values()[tableIndex], from, chunkBytes);
    }

    /** The next rows, up to the one that reaches that many bytes. */
    static StateChunk chunk(StateTable table, Rows from, int bytesMax) {
        List<String> keys = new ArrayList<>();
        List<byte[]> values = new ArrayList<>();
        int bytes = 0;
        while (bytes < bytesMax && from.hasNext()) {
            String key = from.nextKey();
            byte[] value = verified(table, key, from.stored());
            keys.add(key);
            values.add(value);
            bytes += key.length() + value.length;
        }
        return StateChunk.of(table, keys, values);
    }

    /** The rows that are next; null at the end. */
    private @Nullable Rows current() {
        while (tableIndex < StateTable.values().length) {
            if (rows == null) {
                rows = tables.apply(StateTable.values()[tableIndex]);
            }
            if (rows.hasNext()) {
                return rows;
            }
            rows = null;
            tableIndex++;
        }
        return null;
    }

    private static byte[] verified(StateTable table, String key, byte[] stored) {
        try {
            return StoredRow.decode(table, key, stored);
        } catch (DamagedStateException damaged) {
            throw new UncheckedIOException(damaged);
        }
    }
}
