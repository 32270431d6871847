package io.fluxkeeper.core.store;

import java.util.List;

/**
 * Part of a state under transfer.
 *
 * @param table the table all its rows are of
 * @param keys in order
 * @param values one for each key
 * @param crc over table, keys and values
 */
public record StateChunk(StateTable table, List<String> keys, List<byte[]> values, int crc) {
    /** A chunk with the CRC that belongs to it. */
    public static StateChunk of(StateTable table, List<String> keys, List<byte[]> values) {
        return new StateChunk(table, keys, values, crcOf(table, keys, values));
    }

    /** Whether it is what its maker made. */
    public boolean isIntact() {
        return keys.size() == values.size() && crc == crcOf(table, keys, values);
    }

    private static int crcOf(StateTable table, List<String> keys, List<byte[]> values) {
        int crc = keys.size();
        for (int i = 0; i < keys.size(); i++) {
            byte[] value = values.get(i);
            crc = crc * 31 + RowCrc.of(table, keys.get(i), value, 0, value.length);
        }
        return crc;
    }
}
