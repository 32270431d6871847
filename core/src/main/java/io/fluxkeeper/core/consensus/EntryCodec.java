package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import java.util.ArrayList;
import java.util.List;

/** The byte form of entries that follow one another: the zxid before one is that of the entry before it. */
public final class EntryCodec {
    /** Zxid, chain and the length of the payload. */
    private static final int ENTRY_BYTES_MIN = 20;

    private EntryCodec() {}

    public static void write(List<Entry> entries, BinaryWriter out) {
        Zxid previous = entries.isEmpty() ? Zxid.ZERO : entries.get(0).previous();
        out.writeInt(entries.size()).writeLong(previous.value());
        for (Entry entry : entries) {
            out.writeLong(entry.zxid().value()).writeLong(entry.chain()).writeBytes(entry.payload());
        }
    }

    /** @throws MalformedBytesException if these are not the bytes of entries; their chains are not looked at */
    public static List<Entry> read(BinaryReader in) {
        int count = in.readCount(ENTRY_BYTES_MIN);
        Zxid previous = readZxid(in);
        List<Entry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Zxid zxid = readZxid(in);
            long chain = in.readLong();
            entries.add(new Entry(zxid, previous, in.readBytes(), chain));
            previous = zxid;
        }
        return entries;
    }

    private static Zxid readZxid(BinaryReader in) {
        return new Zxid(in.readNotNegative("a zxid"));
    }
}
