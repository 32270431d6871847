package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.store.StateTable;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A 64-bit hash of one row of the state. It finds divergence and damage and is the same on every machine; no defence
 * against an attacker.
 */
final class RowHash {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Odd, with bits evenly spread: the golden ratio in 64 bits, and the two multipliers of {@link #mix}. */
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private static final long FIRST = 0xbf58476d1ce4e5b9L;
    private static final long SECOND = 0x94d049bb133111ebL;

    private RowHash() {}

    /** By number, not by {@code ordinal()}: the digest is stored. */
    static long ofKey(StateTable table, String key) {
        long hash = switch (table) {
            case ZNODES -> 1;
            case SESSIONS -> 2;
            case REPLIES -> 3;
            case ENDED -> 4;
            case SETTINGS -> 5;
            case CHANGES -> 6;
        };
        char slash = table == StateTable.ZNODES ? StateTable.SLASH_IN_KEYS : '/'; // as the store has the key
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            hash = (hash ^ (c == '/' ? slash : c)) * GOLDEN;
            hash ^= hash >>> 29;
        }
        return mix(hash + key.length());
    }

    /** @param value holds the row's value in its first {@code length} bytes */
    static long ofRow(long keyHash, byte[] value, int length) {
        return ofPart(keyHash, value, 0, length);
    }

    /** Of {@code length} bytes of a row, from {@code from} on. */
    static long ofPart(long keyHash, byte[] value, int from, int length) {
        long hash = keyHash ^ length * GOLDEN;
        int at = from;
        int end = from + length;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            hash = (hash ^ (long) LONGS.get(value, at)) * FIRST;
            hash ^= hash >>> 32;
        }
        long tail = 0;
        for (; at < end; at++) {
            tail = tail << 8 | value[at] & 0xff;
        }
        return mix((hash ^ tail) * SECOND);
    }

    /** The finaliser of SplittableRandom: every input bit reaches every output bit. */
    private static long mix(long z) {
        long x = (z ^ z >>> 30) * FIRST;
        x = (x ^ x >>> 27) * SECOND;
        return x ^ x >>> 31;
    }
}
