package io.fluxkeeper.core.store;

/** Is shown a whole state, table after table in the order of {@link StateTable}, keys in order. */
@FunctionalInterface
public interface StateVisitor {
    /** @param value the encoded value, already checked against its CRC; the visitor may keep it */
    void accept(StateTable table, String key, byte[] value);
}
