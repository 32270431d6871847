package io.fluxkeeper.core.binary;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Appends values to a growing array. Not for several threads. Its reader is {@link BinaryReader}. */
public final class BinaryWriter {
    private byte[] bytes;
    private int size;

    public BinaryWriter() {
        this(256);
    }

    /** @param capacity bytes to reserve; it grows beyond */
    public BinaryWriter(int capacity) {
        bytes = new byte[Math.max(16, capacity)];
    }

    public BinaryWriter writeByte(int value) {
        reserve(1);
        bytes[size++] = (byte) value;
        return this;
    }

    public BinaryWriter writeBoolean(boolean value) {
        return writeByte(value ? 1 : 0);
    }

    public BinaryWriter writeInt(int value) {
        reserve(4);
        BigEndian.INT.set(bytes, size, value);
        size += 4;
        return this;
    }

    public BinaryWriter writeLong(long value) {
        reserve(8);
        BigEndian.LONG.set(bytes, size, value);
        size += 8;
        return this;
    }

    /** Length and bytes; null (length -1) and empty differ. */
    public BinaryWriter writeBytes(byte @Nullable [] value) {
        if (value == null) {
            return writeInt(-1);
        }
        writeInt(value.length);
        return writeRaw(value, 0, value.length);
    }

    /** The bytes alone, without a length. */
    public BinaryWriter writeRaw(byte[] value, int offset, int length) {
        reserve(length);
        System.arraycopy(value, offset, bytes, size, length);
        size += length;
        return this;
    }

    /** Length and UTF-8; null and empty differ. */
    public BinaryWriter writeString(@Nullable String value) {
        return writeBytes(value == null ? null : value.getBytes(StandardCharsets.UTF_8));
    }

    /** Overwrites an int written before, for lengths known only at the end. */
    public void setInt(int position, int value) {
        if (position < 0 || position + 4 > size) {
            throw new IndexOutOfBoundsException("no int at " + position + " of " + size + " bytes");
        }
        BigEndian.INT.set(bytes, position, value);
    }

    /** Bytes written so far. */
    public int size() {
        return size;
    }

    /** Forgets what was written and keeps the room. */
    public void clear() {
        size = 0;
    }

    /** As {@link #clear}, but keeps no more room than that: one great value must not hold its size for ever. */
    public void clear(int capacityMax) {
        size = 0;
        if (bytes.length > capacityMax) {
            bytes = new byte[capacityMax];
        }
    }

    /** The array behind it, valid up to {@link #size()} until the next write; for writing it out without a copy. */
    public byte[] array() {
        return bytes;
    }

    /** A copy of what was written. */
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    private void reserve(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
        }
    }
}
