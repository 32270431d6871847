package io.fluxkeeper.core.replica;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fluxkeeper.core.SessionId;
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
    private static final HexFormat HEX = HexFormat.of();

    /** Of 64 bits. */
    private static final int HEX_DIGITS = 16;

    private static final int SCRATCH_BYTES_MAX = 1 << 16;

    private final BinaryWriter scratch = new BinaryWriter(1024);

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
    public long znodePut(String path, boolean added, long hashBefore, Znode znode) {
        return put(StateTable.ZNODES, path, added, hashBefore, znode::writeTo);
    }

    @Override
    public void znodeRemoved(String path, long hash) {
        remove(StateTable.ZNODES, path, hash);
    }

    @Override
    public long sessionPut(boolean added, long hashBefore, Session session) {
        return put(StateTable.SESSIONS, hex(session.id().value()), added, hashBefore, session::writeTo);
    }

    @Override
    public void sessionRemoved(SessionId id, long hash) {
        remove(StateTable.SESSIONS, hex(id.value()), hash);
    }

    @Override
    public long replyAdded(SessionId id, long cxid, byte[] reply) {
        return put(StateTable.REPLIES, replyKey(id, cxid), true, 0, out -> out.writeRaw(reply, 0, reply.length));
    }

    @Override
    public void replyRemoved(SessionId id, long cxid, long hash) {
        remove(StateTable.REPLIES, replyKey(id, cxid), hash);
    }

    @Override
    public void endedAdded(EndedSession session) {
        put(StateTable.ENDED, hex(session.ended().value()), true, 0, session::writeTo);
    }

    @Override
    public void endedRemoved(EndedSession session) {
        String key = hex(session.ended().value());
        remove(StateTable.ENDED, key, hash(RowHash.ofKey(StateTable.ENDED, key), session::writeTo));
    }

    /** @param before null for a setting that was not there */
    void settingChanged(String name, @Nullable Long before, long after) {
        long hashBefore =
                before == null ? 0 : hash(RowHash.ofKey(StateTable.SETTINGS, name), out -> out.writeLong(before));
        put(StateTable.SETTINGS, name, before == null, hashBefore, out -> out.writeLong(after));
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

    /** 16 digits, so that keys sort as the numbers do. */
    static String hex(long value) {
        return HEX.toHexDigits(value);
    }

    private static String replyKey(SessionId id, long cxid) {
        byte[] digits = new byte[2 * HEX_DIGITS];
        putHex(id.value(), digits, 0);
        putHex(cxid, digits, HEX_DIGITS);
        return new String(digits, ISO_8859_1);
    }

    /** Straight into the key: each write makes two, and a string for each half would be made to be thrown away. */
    private static void putHex(long value, byte[] to, int at) {
        for (int i = 0; i < HEX_DIGITS; i++) {
            to[at + i] = (byte) HEX.toLowHexDigit((int) (value >>> 4 * (HEX_DIGITS - 1 - i)));
        }
    }

    /** @return the hash of the row, which is wanted when it changes: what it was before is not encoded again */
    private long put(StateTable table, String key, boolean added, long hashBefore, StateValue value) {
        long hash = hash(RowHash.ofKey(table, key), value);
        digest += hash - hashBefore;
        changes.add(new StateChange(table, key, value, hashedBytes, added));
        return hash;
    }

    private void remove(StateTable table, String key, long hash) {
        digest -= hash;
        changes.add(new StateChange(table, key, null, 0, false));
    }

    private long hash(long keyHash, StateValue value) {
        scratch.clear(SCRATCH_BYTES_MAX);
        value.writeTo(scratch);
        hashedBytes = scratch.size();
        return RowHash.ofRow(keyHash, scratch.array(), scratch.size());
    }
}
