package io.fluxkeeper.core.znode;

import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bytes of identities and access control lists, in the log and in the store. */
public final class AclCodec {
    private static final int ANYONE = 0;
    private static final int NAMED = 1;

    private AclCodec() {}

    /** Everybody takes one byte and no object. */
    public static void writeIdentity(BinaryWriter out, Identity identity) {
        if (identity.equals(Identity.ANYONE)) {
            out.writeByte(ANYONE);
            return;
        }
        out.writeByte(NAMED).writeString(identity.scheme()).writeString(identity.id());
    }

    public static Identity readIdentity(BinaryReader in) {
        int kind = in.readByte();
        return switch (kind) {
            case ANYONE -> Identity.ANYONE;
            case NAMED -> new Identity(in.readString(), in.readString());
            default -> throw new MalformedBytesException("identity kind " + kind + " is unknown");
        };
    }

    /** @param acl null for open to all; null and empty differ */
    public static void writeAcl(BinaryWriter out, @Nullable List<Acl> acl) {
        if (acl == null) {
            out.writeByte(0);
            return;
        }
        out.writeByte(1).writeInt(acl.size());
        for (Acl line : acl) {
            out.writeInt(line.permissions());
            writeIdentity(out, line.identity());
        }
    }

    /** @throws IllegalArgumentException for permissions that there are not */
    public static @Nullable List<Acl> readAcl(BinaryReader in) {
        if (!in.readBoolean()) {
            return null;
        }
        int count = in.readCount(4 + 1);
        List<Acl> acl = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            acl.add(new Acl(in.readInt(), readIdentity(in)));
        }
        return List.copyOf(acl);
    }
}
