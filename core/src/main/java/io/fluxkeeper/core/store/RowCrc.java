package io.fluxkeeper.core.store;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/** CRC32C over a row: its table, its key and its value, so that a value under a wrong key is found too. */
final class RowCrc {
    private RowCrc() {}

    static int of(StateTable table, String key, byte[] value, int offset, int length) {
        CRC32C crc = new CRC32C();
        byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
        byte[] tableBytes = table.name().getBytes(StandardCharsets.UTF_8);
        crc.update(tableBytes, 0, tableBytes.length);
        crc.update(keyBytes, 0, keyBytes.length);
        crc.update(value, offset, length);
        return (int) crc.getValue();
    }
}
