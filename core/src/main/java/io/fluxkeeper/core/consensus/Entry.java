package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.Zxid;

/**
 * A transaction in the log, bound to everything before it.
 *
 * @param zxid its place
 * @param previous the zxid of the entry before it
 * @param payload opaque here; nobody changes the array
 * @param chain hash over the chain before it, its zxid and its payload: equal chains mean equal histories
 */
public record Entry(Zxid zxid, Zxid previous, byte[] payload, long chain) {
    /** The entry after one with {@code previous} and {@code previousChain}. */
    public static Entry after(Zxid previous, long previousChain, Zxid zxid, byte[] payload) {
        return new Entry(zxid, previous, payload, ChainHash.extend(previousChain, zxid, payload));
    }

    /** Whether this entry is what its chain says, coming after an entry with {@code previousChain}. */
    public boolean isChainedTo(Zxid previousZxid, long previousChain) {
        return previous.equals(previousZxid) && chain == ChainHash.extend(previousChain, zxid, payload);
    }

    /** Rough bytes it takes in memory and on the wire. */
    public int size() {
        return sizeWith(payload);
    }

    /** Likewise of an entry that is yet to be made. */
    static int sizeWith(byte[] payload) {
        return payload.length + 48;
    }

    @Override
    public String toString() {
        return zxid.toString();
    }
}
