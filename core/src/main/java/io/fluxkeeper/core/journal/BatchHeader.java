package io.fluxkeeper.core.journal;

import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The 64 bytes before a batch. They keep this layout in every format version, so that an older program can say that a
 * journal is too new for it.
 *
 * @param format version of the body
 * @param peer whose journal it is
 * @param number of the batch
 * @param durable the last batch known fsynced when this one was written
 * @param committed zxid of the last transaction known committed then
 * @param before zxid of the last entry before the batch
 * @param after zxid of the last entry after it
 * @param bodyLength bytes of the body; padded with zeros to a multiple of 8
 * @param bodyCrc CRC32C of the body
 * @param previousCrc {@code crc} of the batch before: a batch that was cut off and overwritten is never taken up again
 * @param crc CRC32C of the 60 bytes before it, and so of everything in the batch
 */
record BatchHeader(
        int format,
        int peer,
        long number,
        long durable,
        long committed,
        long before,
        long after,
        int bodyLength,
        int bodyCrc,
        int previousCrc,
        int crc) {
    static final int BYTES = 64;
    static final int FORMAT = 1;
    private static final int MAGIC = 0x464b4a42;
    private static final int CRC_AT = 60;

    /** Fills the header in front of a body that is in {@code out} from {@code at + BYTES} on; gives its CRC. */
    static int write(BinaryWriter out, int at, int peer, long number, long[] zxids, long durable, int previousCrc) {
        int bodyLength = out.size() - at - BYTES;
        out.setInt(at, MAGIC);
        out.setInt(at + 4, FORMAT << 16 | peer);
        setLong(out, at + 8, number);
        setLong(out, at + 16, durable);
        setLong(out, at + 24, zxids[0]);
        setLong(out, at + 32, zxids[1]);
        setLong(out, at + 40, zxids[2]);
        out.setInt(at + 48, bodyLength);
        out.setInt(at + 52, crc(out.array(), at + BYTES, bodyLength));
        out.setInt(at + 56, previousCrc);
        int crc = crc(out.array(), at, CRC_AT);
        out.setInt(at + CRC_AT, crc);
        return crc;
    }

    /** The header at {@code at}; null when there is none, or one that is damaged. */
    static @Nullable BatchHeader read(byte[] bytes, int at) {
        if (at > bytes.length - BYTES) {
            return null;
        }
        BinaryReader in = new BinaryReader(bytes, at, BYTES);
        if (in.readInt() != MAGIC) {
            return null;
        }
        int formatAndPeer = in.readInt();
        BatchHeader header = new BatchHeader(
                formatAndPeer >>> 16,
                formatAndPeer & 0xffff,
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                in.readInt());
        return header.crc == crc(bytes, at, CRC_AT) ? header : null;
    }

    /** Whether the body behind the header at {@code at} is complete and what was written. */
    boolean hasSoundBody(byte[] bytes, int at) {
        return bodyLength >= 0
                && bodyLength <= bytes.length - at - BYTES
                && bodyCrc == crc(bytes, at + BYTES, bodyLength);
    }

    /** Bytes of the whole batch, its padding included. */
    int batchBytes() {
        return BYTES + padded(bodyLength);
    }

    static int padded(int length) {
        return length + 7 & ~7;
    }

    private static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    private static void setLong(BinaryWriter out, int at, long value) {
        out.setInt(at, (int) (value >>> 32));
        out.setInt(at + 4, (int) value);
    }
}
