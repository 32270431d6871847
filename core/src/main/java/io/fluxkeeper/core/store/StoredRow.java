package io.fluxkeeper.core.store;

import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import java.util.Arrays;

/** A value as the stores keep it: four bytes of CRC, then what the state machine encoded. */
final class StoredRow {
    private static final int CRC_BYTES = 4;

    private StoredRow() {}

    /** @param scratch emptied first; reused from row to row */
    static byte[] encode(StateTable table, String key, StateValue value, BinaryWriter scratch) {
        scratch.clear();
        scratch.writeInt(0);
        value.writeTo(scratch);
        scratch.setInt(0, RowCrc.of(table, key, scratch.array(), CRC_BYTES, scratch.size() - CRC_BYTES));
        return scratch.toByteArray();
    }

    static byte[] encode(StateTable table, String key, byte[] value) {
        BinaryWriter out = new BinaryWriter(CRC_BYTES + value.length);
        return out.writeInt(RowCrc.of(table, key, value, 0, value.length))
                .writeRaw(value, 0, value.length)
                .toByteArray();
    }

    /** The value without its CRC. */
    static byte[] decode(StateTable table, String key, byte[] stored) throws DamagedStateException {
        if (stored.length < CRC_BYTES
                || new BinaryReader(stored).readInt()
                        != RowCrc.of(table, key, stored, CRC_BYTES, stored.length - CRC_BYTES)) {
            throw new DamagedStateException(
                    "the value of " + table + " '" + table.keyOf(key) + "' is not what was written");
        }
        return Arrays.copyOfRange(stored, CRC_BYTES, stored.length);
    }
}
