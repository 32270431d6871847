package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.Zxid;
import java.util.zip.CRC32C;

/** Binds each entry of a history to all before it. Finds divergence and damage; no defence against an attacker. */
public final class ChainHash {
    /** The chain of the empty history. */
    public static final long EMPTY = 0;

    private ChainHash() {}

    public static long extend(long previousChain, Zxid zxid, byte[] payload) {
        CRC32C crc = new CRC32C();
        crc.update(payload, 0, payload.length);
        long content = crc.getValue() | (long) payload.length << 32;
        return mix(mix(previousChain ^ 0x9e3779b97f4a7c15L) + mix(zxid.value() ^ content * 0xff51afd7ed558ccdL));
    }

    /** The finaliser of MurmurHash3: every input bit reaches every output bit. */
    private static long mix(long z) {
        long x = (z ^ z >>> 33) * 0xff51afd7ed558ccdL;
        x = (x ^ x >>> 33) * 0xc4ceb9fe1a85ec53L;
        return x ^ x >>> 33;
    }
}
