package io.fluxkeeper.core.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;

/**
 * Keys and values in MVStore's pages, as a length and bytes. MVStore's own types believe the length they read and
 * allocate it: one flipped bit in a page could ask for all memory there is.
 */
final class CheckedTypes {
    /** Rough bytes of an object's header, for MVStore's account of its page cache. */
    private static final int OBJECT_BYTES = 24;

    private CheckedTypes() {}

    /** Keys, in the order of their UTF-16 units, which {@code String} has too. */
    static final class Keys extends BasicDataType<String> {
        @Override
        public int compare(String a, String b) {
            return a.compareTo(b);
        }

        @Override
        public int getMemory(String key) {
            return OBJECT_BYTES + 2 * key.length();
        }

        @Override
        public void write(WriteBuffer buffer, String key) {
            writeBytes(buffer, key.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String read(ByteBuffer buffer) {
            return new String(readBytes(buffer), StandardCharsets.UTF_8);
        }

        @Override
        public String[] createStorage(int size) {
            return new String[size];
        }
    }

    /** Values; opaque and never compared. */
    static final class Values extends BasicDataType<byte[]> {
        @Override
        public int getMemory(byte[] value) {
            return OBJECT_BYTES + value.length;
        }

        @Override
        public void write(WriteBuffer buffer, byte[] value) {
            writeBytes(buffer, value);
        }

        @Override
        public byte[] read(ByteBuffer buffer) {
            return readBytes(buffer);
        }

        @Override
        public byte[][] createStorage(int size) {
            return new byte[size][];
        }
    }

    private static void writeBytes(WriteBuffer buffer, byte[] bytes) {
        buffer.putVarInt(bytes.length).put(bytes);
    }

    private static byte[] readBytes(ByteBuffer buffer) {
        int length = DataUtils.readVarInt(buffer);
        if (length < 0 || length > buffer.remaining()) {
            throw new MVStoreException(
                    DataUtils.ERROR_FILE_CORRUPT, "a length of " + length + " with " + buffer.remaining() + " left");
        }
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return bytes;
    }
}
