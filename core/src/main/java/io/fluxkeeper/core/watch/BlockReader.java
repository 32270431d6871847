package io.fluxkeeper.core.watch;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.StatCodec;
import io.fluxkeeper.core.znode.ZnodePath;

/**
 * Goes through the transactions of a block and the changes of each, and decodes only what it is asked for: most of what
 * a cursor passes is not for it.
 */
final class BlockReader {
    private static final EventType[] TYPES = {EventType.CREATED, EventType.DATA_CHANGED, EventType.DELETED};

    /** A zxid and a count. */
    private static final int TRANSACTION_HEAD_BYTES = 12;

    private final byte[] bytes;
    private final int length;
    private int nextTransactionAt = ChangeBlock.HEAD_BYTES;
    private int nextChangeAt;
    private int changeAt;
    private long zxid;
    private int count;
    private int ordinal;

    /** @param bytes of a block, whole transactions up to {@code length} */
    BlockReader(byte[] bytes, int length) {
        this.bytes = bytes;
        this.length = length;
    }

    static int codeOf(EventType type) {
        return switch (type) {
            case CREATED -> 0;
            case DATA_CHANGED -> 1;
            case DELETED -> 2;
        };
    }

    boolean nextTransaction() {
        if (nextTransactionAt >= length) {
            return false;
        }
        int at = nextTransactionAt + 4;
        nextTransactionAt = at + intAt(nextTransactionAt);
        zxid = (long) intAt(at) << 32 | intAt(at + 4) & 0xffff_ffffL;
        count = intAt(at + 8);
        nextChangeAt = at + TRANSACTION_HEAD_BYTES;
        ordinal = -1;
        return true;
    }

    boolean nextChange() {
        if (++ordinal >= count) {
            return false;
        }
        changeAt = nextChangeAt + 4;
        nextChangeAt = changeAt + intAt(nextChangeAt);
        return true;
    }

    long zxid() {
        return zxid;
    }

    int count() {
        return count;
    }

    /** Of the change it is at, from 0. */
    int ordinal() {
        return ordinal;
    }

    /** Where the change begins; {@link #item} takes it, also when the reader has moved on within the transaction. */
    int changeAt() {
        return changeAt;
    }

    EventType type() {
        return TYPES[bytes[changeAt]];
    }

    byte[] bytes() {
        return bytes;
    }

    /** Where its path begins, in UTF-8. */
    int pathAt() {
        return changeAt + 5;
    }

    int pathLength() {
        return intAt(changeAt + 1);
    }

    /** A change of the present transaction. @param at as {@link #changeAt} said */
    WatchItem.Changed item(int at, int itsOrdinal, boolean last, boolean withStat, boolean withData) {
        BinaryReader in = new BinaryReader(bytes, at, length - at);
        EventType type = TYPES[in.readByte()];
        ZnodePath path = new ZnodePath(in.readString());
        Stat stat = type == EventType.DELETED ? null : StatCodec.read(in);
        return new WatchItem.Changed(
                new Zxid(zxid),
                itsOrdinal,
                last,
                type,
                path,
                withStat ? stat : null,
                withData ? in.readNullableBytes() : null);
    }

    private int intAt(int at) {
        return bytes[at] << 24 | (bytes[at + 1] & 0xff) << 16 | (bytes[at + 2] & 0xff) << 8 | bytes[at + 3] & 0xff;
    }
}
