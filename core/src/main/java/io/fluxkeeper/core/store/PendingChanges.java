package io.fluxkeeper.core.store;

import io.fluxkeeper.core.binary.BinaryWriter;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What was folded in and not committed. Of many changes of one key the last one counts, and only that one is ever
 * encoded.
 */
final class PendingChanges {
    /** Guess at the size of a value before any has been encoded. */
    private static final long VALUE_BYTES = 256;

    /** @param fresh whether the store has no such key, so that removing it leaves nothing to do */
    private record Pending(@Nullable StateValue value, boolean fresh) {}

    private final Map<StateTable, Map<String, Pending>> changes = new EnumMap<>(StateTable.class);
    private final BinaryWriter scratch = new BinaryWriter(1024);
    private @Nullable StateMeta meta;
    private long count;
    private long valueBytes = VALUE_BYTES;

    PendingChanges() {
        for (StateTable table : StateTable.values()) {
            changes.put(table, new HashMap<>());
        }
    }

    void add(StateDelta delta) {
        for (StateChange change : delta.changes()) {
            Map<String, Pending> ofTable = Objects.requireNonNull(changes.get(change.table()));
            int before = ofTable.size();
            fold(ofTable, change);
            count += ofTable.size() - before;
        }
        meta = new StateMeta(delta.applied(), delta.chain(), delta.digest());
    }

    /** Most recorded replies come and go between two commits: those cost the store nothing. */
    private static void fold(Map<String, Pending> ofTable, StateChange change) {
        Pending earlier = ofTable.get(change.key());
        boolean fresh = earlier == null ? change.added() : earlier.fresh();
        if (fresh && change.value() == null) {
            ofTable.remove(change.key());
        } else {
            ofTable.put(change.key(), new Pending(change.value(), fresh));
        }
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
        for (Map.Entry<StateTable, Map<String, Pending>> ofTable : changes.entrySet()) {
            for (Map.Entry<String, Pending> change : new TreeMap<>(ofTable.getValue()).entrySet()) {
                StateValue value = change.getValue().value();
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
