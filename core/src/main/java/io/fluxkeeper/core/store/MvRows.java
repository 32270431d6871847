package io.fluxkeeper.core.store;

import java.io.UncheckedIOException;
import java.util.function.Supplier;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one map. A damaged page makes MVStore throw whatever its bytes lead to, or go round in circles; here all
 * of it is a {@link DamagedStateException}, wrapped as iterators must.
 */
final class MvRows implements ChunkIterator.Rows {
    private final StateTable table;
    private final Cursor<String, byte[]> cursor;
    private @Nullable String key;

    /** @param fromKey the first key that may be shown; null from the beginning */
    MvRows(StateTable table, MVMap<String, byte[]> map, @Nullable String fromKey) {
        this.table = table;
        this.cursor = guarded(() -> map.cursor(fromKey));
    }

    @Override
    public boolean hasNext() {
        return guarded(cursor::hasNext);
    }

    @Override
    public String nextKey() {
        String next = guarded(cursor::next);
        if (key != null && next.compareTo(key) <= 0) {
            throw damaged("its keys are out of order", null);
        }
        key = next;
        return next;
    }

    @Override
    public byte[] stored() {
        return cursor.getValue();
    }

    private <T> T guarded(Supplier<T> read) {
        try {
            return read.get();
        } catch (RuntimeException | AssertionError unreadable) { // with -ea some of it meets an assertion of MVStore's
            throw damaged(String.valueOf(unreadable.getMessage()), unreadable);
        }
    }

    private UncheckedIOException damaged(String what, @Nullable Throwable cause) {
        DamagedStateException damaged = new DamagedStateException("table " + table + " cannot be read: " + what);
        if (cause != null) {
            damaged.initCause(cause);
        }
        return new UncheckedIOException(damaged);
    }
}
