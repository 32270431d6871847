package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.session.EndedSession;
import io.fluxkeeper.core.session.Session;
import io.fluxkeeper.core.session.SessionTable;
import io.fluxkeeper.core.store.StateChange;
import io.fluxkeeper.core.store.StateTable;
import io.fluxkeeper.core.store.StateValue;
import io.fluxkeeper.core.watch.ChangeBlock;
import io.fluxkeeper.core.watch.ChangeLog;
import io.fluxkeeper.core.znode.Znode;
import io.fluxkeeper.core.znode.ZnodeTree;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Turns what changes in the state into rows for the store, and keeps the digest of all rows: the sum of their hashes,
 * so that it does not depend on their order and follows each change.
 */
final class StateRows implements ZnodeTree.Sink, SessionTable.Sink, ChangeLog.Sink {
    /** Stands for '/' in keys, so that a subtree is contiguous; no path contains it. */
    static final char SLASH_IN_KEYS = '\u0001';

    private static final HexFormat HEX = HexFormat.of();

    /** Room kept for encoding; one great znode must not hold its size for ever. */
    private static final int SCRATCH_BYTES_KEPT = 1 << 16;

    private BinaryWriter scratch = new BinaryWriter(1024);

    /** Of the value hashed last. */
    private int hashedBytes;

    private List<StateChange> changes = new ArrayList<>();
    private long digest;

    StateRows(long digest) {
        this.digest = digest;
    }

    long digest() {
        return digest;
    }

    /** What changed since it was last taken, in order. */
    List<StateChange> takeChanges() {
        List<StateChange> taken = changes;
        changes = new ArrayList<>(6);
        return taken;
    }

    @Override
    public void znodeChanged(String path, @Nullable Znode before, @Nullable Znode after) {
        row(
                StateTable.ZNODES,
                znodeKey(path),
                before == null ? null : before::writeTo,
                after == null ? null : after::writeTo);
    }

    @Override
    public void sessionChanged(SessionId id, @Nullable Session before, @Nullable Session after) {
        row(
                StateTable.SESSIONS,
                hex(id.value()),
                before == null ? null : before::writeTo,
                after == null ? null : after::writeTo);
    }

    @Override
    public void replyChanged(SessionId id, long cxid, byte @Nullable [] before, byte @Nullable [] after) {
        row(
                StateTable.REPLIES,
                hex(id.value()) + hex(cxid),
                before == null ? null : out -> out.writeRaw(before, 0, before.length),
                after == null ? null : out -> out.writeRaw(after, 0, after.length));
    }

    @Override
    public void endedChanged(Zxid key, @Nullable EndedSession before, @Nullable EndedSession after) {
        row(
                StateTable.ENDED,
                hex(key.value()),
                before == null ? null : before::writeTo,
                after == null ? null : after::writeTo);
    }

    /** @param before null for a setting that was not there */
    void settingChanged(String name, @Nullable Long before, long after) {
        row(
                StateTable.SETTINGS,
                name,
                before == null ? null : out -> out.writeLong(before),
                out -> out.writeLong(after));
    }

    /** What it has so far stays as it is, so that the store may write it later. */
    @Override
    public void blockGrew(ChangeBlock block, int from, long hash) {
        byte[] bytes = Objects.requireNonNull(block.bytes(), "a block that grows has its bytes");
        int length = block.length();
        digest += hash;
        StateValue value = out -> out.writeRaw(bytes, 0, length);
        changes.add(new StateChange(StateTable.CHANGES, block.key(), value, length, from == 0));
    }

    @Override
    public void blockLeft(ChangeBlock block) {
        digest -= block.hash();
        changes.add(new StateChange(StateTable.CHANGES, block.key(), null, 0, false));
    }

    /**
     * A block counts in the digest as the sum over its transactions: it grows by one for each write, and is not hashed
     * from its beginning every time.
     */
    static long hashOfChanges(String key, byte[] bytes, int from, int length) {
        return RowHash.ofPart(RowHash.ofKey(StateTable.CHANGES, key), bytes, from, length);
    }

    static String znodeKey(String path) {
        return path.replace('/', SLASH_IN_KEYS);
    }

    /** 16 digits, so that keys sort as the numbers do. */
    static String hex(long value) {
        return HEX.toHexDigits(value);
    }

    private void row(StateTable table, String key, @Nullable StateValue before, @Nullable StateValue after) {
        long keyHash = RowHash.ofKey(table, key);
        if (before != null) {
            digest -= hash(keyHash, before);
        }
        int bytes = 0;
        if (after != null) {
            digest += hash(keyHash, after);
            bytes = hashedBytes;
        }
        changes.add(new StateChange(table, key, after, bytes, before == null));
    }

    private long hash(long keyHash, StateValue value) {
        scratch.clear();
        value.writeTo(scratch);
        hashedBytes = scratch.size();
        long hash = RowHash.ofRow(keyHash, scratch.array(), scratch.size());
        if (scratch.array().length > SCRATCH_BYTES_KEPT) {
            scratch = new BinaryWriter(1024);
        }
        return hash;
    }
}
