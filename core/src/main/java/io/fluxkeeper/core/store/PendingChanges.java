package io.fluxkeeper.core.store;

import io.fluxkeeper.core.binary.BinaryWriter;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What was folded in and not committed. Of many changes of one key the last one counts, and only that one is ever
 * encoded.
 */
final class PendingChanges {
    /** Guess at the size of a value before any has been encoded. */
    private static final long VALUE_BYTES = 256;

    private final Map<StateTable, SortedMap<String, @Nullable StateValue>> changes = new EnumMap<>(StateTable.class);
    private final BinaryWriter scratch = new BinaryWriter(1024);
    private @Nullable StateMeta meta;
    private long count;
    private long valueBytes = VALUE_BYTES;

    PendingChanges() {
        for (StateTable table : StateTable.values()) {
            changes.put(table, new TreeMap<>());
        }
    }

    void add(StateDelta delta) {
        for (StateChange change : delta.changes()) {
            SortedMap<String, @Nullable StateValue> ofTable = Objects.requireNonNull(changes.get(change.table()));
            int before = ofTable.size();
            ofTable.put(change.key(), change.value());
            count += ofTable.size() - before;
        }
        meta = new StateMeta(delta.applied(), delta.chain(), delta.digest());
    }

    /** What the version to come is; null when nothing was folded in. */
    @Nullable StateMeta meta() {
        return meta;
    }

    /** From the number of keys and the mean size of the values committed last. */
    long bytes() {
        return count * valueBytes;
    }

    /** Hands over the changes, table after table, keys in order, and forgets them. */
    void drainTo(Sink sink) {
        long bytes = 0;
        for (Map.Entry<StateTable, SortedMap<String, @Nullable StateValue>> ofTable : changes.entrySet()) {
            for (Map.Entry<String, @Nullable StateValue> change :
                    ofTable.getValue().entrySet()) {
                StateValue value = change.getValue();
                String key = change.getKey();
                byte[] stored = value == null ? null : StoredRow.encode(ofTable.getKey(), key, value, scratch);
                bytes += key.length() + (stored == null ? 0 : stored.length);
                sink.change(ofTable.getKey(), key, stored);
            }
            ofTable.getValue().clear();
        }
        valueBytes = count == 0 ? valueBytes : Math.max(1, bytes / count);
        count = 0;
        meta = null;
    }

    /** Takes changes. */
    interface Sink {
        /** @param stored null removes the key */
        void change(StateTable table, String key, byte @Nullable [] stored);
    }
}
