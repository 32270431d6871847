package io.fluxkeeper.client.connection;

import org.jspecify.annotations.Nullable;

/** Bytes for records of another module that take null where they say {@code byte @Nullable []}. */
public final class NullableBytes {
    private NullableBytes() {}

    /** The same bytes, or null: NullAway does not read that annotation of an array from class files. */
    @SuppressWarnings("NullAway")
    public static byte[] of(byte @Nullable [] bytes) {
        return bytes;
    }
}
