package io.fluxkeeper.core.znode;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A znode without its name and its children's names. Immutable: a change makes a new one, so that the old one can be
 * encoded by the store thread meanwhile. The array and the list belong to it; nobody changes them.
 *
 * @param creates how often a child was created under it, ever; from it come the numbers of sequential children and
 *     the {@code cversion} that clients see. Wraps at 2^31, as in ZooKeeper
 * @param acl null for open to all
 */
public record Znode(
        byte @Nullable [] data,
        @Nullable List<Acl> acl,
        Zxid czxid,
        Zxid mzxid,
        Zxid pzxid,
        long ctime,
        long mtime,
        int version,
        int creates,
        int aversion,
        int numChildren,
        SessionId ephemeralOwner) {
    private static final int FORMAT = 1;

    /** One just created. */
    static Znode created(byte @Nullable [] data, @Nullable List<Acl> acl, Zxid zxid, long timeMillis, SessionId owner) {
        return new Znode(data, acl, zxid, zxid, zxid, timeMillis, timeMillis, 0, 0, 0, 0, owner);
    }

    /** With other data. The version goes on with 0 after 2^31 - 1: a negative one could not be expected by anyone. */
    Znode withData(byte @Nullable [] newData, Zxid zxid, long timeMillis) {
        int next = version == Integer.MAX_VALUE ? 0 : version + 1;
        return new Znode(
                newData,
                acl,
                czxid,
                zxid,
                pzxid,
                ctime,
                timeMillis,
                next,
                creates,
                aversion,
                numChildren,
                ephemeralOwner);
    }

    /** With one more child; its own data and {@code mzxid} stay as they are. */
    Znode withChildCreated(Zxid zxid) {
        return withChildren(zxid, creates + 1, numChildren + 1);
    }

    /** With one child less; the number of creates only grows. */
    Znode withChildDeleted(Zxid zxid) {
        return withChildren(zxid, creates, numChildren - 1);
    }

    private Znode withChildren(Zxid zxid, int newCreates, int newNumChildren) {
        return new Znode(
                data,
                acl,
                czxid,
                mzxid,
                zxid,
                ctime,
                mtime,
                version,
                newCreates,
                aversion,
                newNumChildren,
                ephemeralOwner);
    }

    public boolean isEphemeral() {
        return ephemeralOwner.value() != 0;
    }

    /** What a client sees. */
    public Stat stat() {
        return new Stat(
                czxid,
                mzxid,
                ctime,
                mtime,
                version,
                2 * creates - numChildren,
                aversion,
                ephemeralOwner,
                data == null ? 0 : data.length,
                numChildren,
                pzxid);
    }

    /** Its bytes in the store. */
    public void writeTo(BinaryWriter out) {
        out.writeByte(FORMAT);
        out.writeLong(czxid.value()).writeLong(mzxid.value()).writeLong(pzxid.value());
        out.writeLong(ctime).writeLong(mtime);
        out.writeInt(version).writeInt(creates).writeInt(aversion).writeInt(numChildren);
        out.writeLong(ephemeralOwner.value());
        AclCodec.writeAcl(out, acl);
        out.writeBytes(data);
    }

    /** @throws MalformedBytesException if these are not the bytes of one znode */
    public static Znode decode(byte[] encoded) {
        BinaryReader in = new BinaryReader(encoded);
        int format = in.readByte();
        if (format != FORMAT) {
            throw new MalformedBytesException("znode format " + format + " is unknown");
        }
        try {
            Zxid czxid = new Zxid(in.readLong());
            Zxid mzxid = sameOrNew(czxid, in.readLong());
            Zxid pzxid = sameOrNew(mzxid, in.readLong());
            long ctime = in.readLong();
            long mtime = in.readLong();
            int version = in.readInt();
            int creates = in.readInt();
            int aversion = in.readInt();
            int numChildren = in.readInt();
            SessionId owner = owner(in.readLong());
            List<Acl> acl = AclCodec.readAcl(in);
            byte[] data = in.readNullableBytes();
            in.requireEnd();
            return new Znode(
                    data, acl, czxid, mzxid, pzxid, ctime, mtime, version, creates, aversion, numChildren, owner);
        } catch (IllegalArgumentException e) { // a negative zxid or session, permissions that there are not
            throw new MalformedBytesException("not a znode: " + e.getMessage());
        }
    }

    /** Most znodes were never changed: sharing saves two objects each in a large tree. */
    private static Zxid sameOrNew(Zxid candidate, long value) {
        return candidate.value() == value ? candidate : new Zxid(value);
    }

    private static SessionId owner(long value) {
        return value == 0 ? SessionId.NONE : new SessionId(value);
    }
}
