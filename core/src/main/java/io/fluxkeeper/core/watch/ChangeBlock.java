package io.fluxkeeper.core.watch;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.znode.AclCodec;
import io.fluxkeeper.core.znode.Change;
import io.fluxkeeper.core.znode.StatCodec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row of the change log: consecutive transactions, each whole. It grows until it is sealed; bytes written stay as they
 * are, so that what was handed out before it grew remains good. {@code core/docs/storage.md} has its format.
 */
public final class ChangeBlock {
    /** The transaction before it, at the beginning of each block. */
    static final int HEAD_BYTES = 8;

    /** Room for the transaction that fills it. */
    private static final int SPARE_BYTES = 2 << 10;

    private final String key;
    private final Zxid previous;
    private Zxid last;
    /** Changes of the last transaction. */
    private int lastCount;

    private int count;
    private int length;
    private long hash;
    private boolean sealed;
    /** Null once sealed. */
    private @Nullable BinaryWriter writer;
    /** The sealed bytes; null while it grows, and once they are in the store alone. */
    private byte @Nullable [] bytes;

    /** An empty one. @param previous the transaction before it in the log; zero for none */
    ChangeBlock(Zxid first, Zxid previous, int bytesExpected) {
        this.key = keyOf(first);
        this.previous = previous;
        this.last = first;
        this.writer = new BinaryWriter(bytesExpected + SPARE_BYTES).writeLong(previous.value());
        this.length = HEAD_BYTES;
    }

    /** 16 digits, so that keys sort as zxids do. */
    static String keyOf(Zxid first) {
        return HexFormat.of().toHexDigits(first.value());
    }

    /** The key of its row. */
    public String key() {
        return key;
    }

    /** Its bytes so far, in an array that may be longer; null when they are in the store alone. */
    public byte @Nullable [] bytes() {
        return writer == null ? bytes : writer.array();
    }

    public int length() {
        return length;
    }

    /** The sum of the hashes of its transactions, as {@link ChangeLog.Hash} makes them. */
    public long hash() {
        return hash;
    }

    /** The last transaction with changes before this block; zero for none. */
    Zxid previous() {
        return previous;
    }

    Zxid last() {
        return last;
    }

    /** How many changes the last transaction has. */
    int lastCount() {
        return lastCount;
    }

    int count() {
        return count;
    }

    boolean isSealed() {
        return sealed;
    }

    /** @return where its bytes begin; those of the first transaction begin with the head */
    int append(Zxid zxid, List<Change> changes) {
        BinaryWriter out = writer;
        if (out == null) {
            throw new IllegalStateException("block " + key + " is sealed");
        }
        int from = count == 0 ? 0 : length;
        int start = out.size();
        out.writeInt(0).writeLong(zxid.value()).writeInt(changes.size());
        for (Change change : changes) {
            int at = out.size();
            out.writeInt(0);
            write(out, change);
            out.setInt(at, out.size() - at - 4);
        }
        out.setInt(start, out.size() - start - 4);
        added(zxid, changes.size(), out.size());
        return from;
    }

    private static void write(BinaryWriter out, Change change) {
        out.writeByte(BlockReader.codeOf(change.type()))
                .writeString(change.path().value());
        if (change.stat() != null) {
            StatCodec.write(out, change.stat());
        }
        out.writeBytes(change.data());
        AclCodec.writeAcl(out, change.acl());
        AclCodec.writeAcl(out, change.parentAcl());
    }

    /** A transaction is in it. */
    void added(Zxid zxid, int changes, int newLength) {
        last = zxid;
        lastCount = changes;
        count += changes;
        length = newLength;
    }

    void addHash(long ofTransaction) {
        hash += ofTransaction;
    }

    void seal() {
        sealed = true;
        if (writer != null) {
            byte[] array = writer.array();
            bytes = array.length - length <= SPARE_BYTES ? array : Arrays.copyOf(array, length);
            writer = null;
        }
    }

    /** Takes bytes that were stored; they are whole transactions. */
    void restore(byte[] stored) {
        writer = new BinaryWriter(stored.length + SPARE_BYTES).writeRaw(stored, 0, stored.length);
    }

    /** From now on its bytes are in the store alone. */
    void forgetBytes() {
        bytes = null;
    }
}
