package io.fluxkeeper.core.binary;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link BinaryWriter} wrote. Every read checks the room that is left before it takes or allocates
 * anything, so hostile or damaged bytes cost at most their own length.
 */
public final class BinaryReader {
    private final byte[] bytes;
    private final int end;
    private int position;

    public BinaryReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    /** Reads {@code length} bytes from {@code offset}; the array stays the caller's and must not change meanwhile. */
    public BinaryReader(byte[] bytes, int offset, int length) {
        if (offset < 0 || length < 0 || offset > bytes.length - length) {
            throw new IndexOutOfBoundsException(offset + "+" + length + " of " + bytes.length);
        }
        this.bytes = bytes;
        this.position = offset;
        this.end = offset + length;
    }

    public int readByte() {
        require(1);
        return bytes[position++] & 0xff;
    }

    public boolean readBoolean() {
        int value = readByte();
        if (value > 1) {
            throw new MalformedBytesException("a boolean is 0 or 1, not " + value);
        }
        return value == 1;
    }

    public int readInt() {
        require(4);
        int value = (int) BigEndian.INT.get(bytes, position);
        position += 4;
        return value;
    }

    public long readLong() {
        require(8);
        long value = (long) BigEndian.LONG.get(bytes, position);
        position += 8;
        return value;
    }

    /** @param what it is, for the refusal: "a zxid" */
    public long readNotNegative(String what) {
        long value = readLong();
        if (value < 0) {
            throw new MalformedBytesException(what + " is not negative: " + value);
        }
        return value;
    }

    /** Bytes with their length, or null where null was written. */
    public byte @Nullable [] readNullableBytes() {
        int length = readInt();
        if (length == -1) {
            return null;
        }
        return readRaw(length);
    }

    /** Bytes with their length; null is refused. */
    public byte[] readBytes() {
        return readRaw(readInt());
    }

    /** As many bytes as said. */
    public byte[] readRaw(int length) {
        require(length);
        byte[] value = Arrays.copyOfRange(bytes, position, position + length);
        position += length;
        return value;
    }

    /** Passes over as many bytes as said. */
    public void skip(int length) {
        require(length);
        position += length;
    }

    public @Nullable String readNullableString() {
        int length = readInt();
        return length == -1 ? null : utf8(length);
    }

    public String readString() {
        return utf8(readInt());
    }

    /** A number of things that take at least {@code bytesEach}: refused if they cannot fit into what is left. */
    public int readCount(int bytesEach) {
        int count = readInt();
        if (count < 0 || (long) count * bytesEach > remaining()) {
            throw new MalformedBytesException("a count of " + count + " does not fit " + remaining() + " bytes");
        }
        return count;
    }

    public int position() {
        return position;
    }

    public int remaining() {
        return end - position;
    }

    /** Refuses bytes that are left over. */
    public void requireEnd() {
        if (remaining() != 0) {
            throw new MalformedBytesException(remaining() + " bytes too many");
        }
    }

    private String utf8(int length) {
        require(length);
        String value = new String(bytes, position, length, StandardCharsets.UTF_8);
        position += length;
        return value;
    }

    private void require(int length) {
        if (length < 0 || length > remaining()) {
            throw new MalformedBytesException("wanted " + length + " bytes, " + remaining() + " are left");
        }
    }
}
