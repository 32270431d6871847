package io.fluxkeeper.core.znode;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;

/** The bytes of a stat, in recorded replies and in the change log. */
public final class StatCodec {
    /** Every stat has this length. */
    public static final int BYTES = 8 * 6 + 4 * 5;

    private StatCodec() {}

    public static void write(BinaryWriter out, Stat stat) {
        out.writeLong(stat.czxid().value()).writeLong(stat.mzxid().value());
        out.writeLong(stat.ctime()).writeLong(stat.mtime());
        out.writeInt(stat.version()).writeInt(stat.cversion()).writeInt(stat.aversion());
        out.writeLong(stat.ephemeralOwner().value());
        out.writeInt(stat.dataLength()).writeInt(stat.numChildren());
        out.writeLong(stat.pzxid().value());
    }

    /** @throws IllegalArgumentException for a number that no zxid or session has */
    public static Stat read(BinaryReader in) {
        return new Stat(
                new Zxid(in.readLong()),
                new Zxid(in.readLong()),
                in.readLong(),
                in.readLong(),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                new SessionId(in.readLong()),
                in.readInt(),
                in.readInt(),
                new Zxid(in.readLong()));
    }
}
