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
    /** The last change of a key. */
    private static final class Pending {
        /** Whether the store has no such key, so that removing it leaves nothing to do. */
        private final boolean fresh;

        private @Nullable StateValue value;
        private int bytes;

        Pending(boolean fresh) {
            this.fresh = fresh;
        }
    }

    private final Map<StateTable, Map<String, Pending>> changes = new EnumMap<>(StateTable.class);
    private final BinaryWriter scratch = new BinaryWriter(1024);
    private @Nullable StateMeta meta;
    private long bytes;

    PendingChanges() {
        for (StateTable table : StateTable.values()) {
            changes.put(table, new HashMap<>());
        }
    }

    void add(StateDelta delta) {
        for (StateChange change : delta.changes()) {
            fold(Objects.requireNonNull(changes.get(change.table())), change);
        }
        meta = new StateMeta(delta.applied(), delta.chain(), delta.digest());
    }

    /** Most recorded replies come and go between two commits: those cost the store nothing. */
    private void fold(Map<String, Pending> ofTable, StateChange change) {
        Pending pending = ofTable.get(change.key());
        if (pending == null) {
            pending = new Pending(change.added());
            ofTable.put(change.key(), pending);
            bytes += change.key().length();
        }
        bytes += change.bytes() - pending.bytes;
        pending.value = change.value();
        pending.bytes = change.bytes();
        if (pending.fresh && pending.value == null) {
            ofTable.remove(change.key());
            bytes -= change.key().length() + pending.bytes;
        }
    }

    /** What the version to come is; null when nothing was folded in. */
    @Nullable StateMeta meta() {
        return meta;
    }

    /** Of the keys and of the values that would be written now. */
    long bytes() {
        return bytes;
    }

    /** Hands over the changes, table after table, stored keys in order, and forgets them. */
    void drainTo(Sink sink) {
        changes.forEach((table, ofTable) -> {
            TreeMap<String, Pending> ordered = new TreeMap<>();
            ofTable.forEach((key, pending) -> ordered.put(table.storedKey(key), pending));
            ordered.forEach((key, pending) -> {
                StateValue value = pending.value;
                sink.change(table, key, value == null ? null : StoredRow.encode(table, key, value, scratch));
            });
            ofTable.clear();
        });
        bytes = 0;
        meta = null;
    }

    /** Takes changes. */
    interface Sink {
        /** @param stored null removes the key */
        void change(StateTable table, String storedKey, byte @Nullable [] stored);
    }
}
