package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.Operation.Check;
import io.fluxkeeper.core.protocol.Operation.Create;
import io.fluxkeeper.core.protocol.Operation.Delete;
import io.fluxkeeper.core.protocol.Operation.SetData;
import io.fluxkeeper.core.znode.AclCodec;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.Identity;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.ArrayList;
import java.util.List;

/** The bytes of what a write asks for, and of who asks. */
final class OperationCodec {
    private static final int CREATE = 1;
    private static final int SET_DATA = 2;
    private static final int DELETE = 3;
    private static final int CHECK = 4;

    /** Bytes of the shortest operation: its kind, the length of its path, a version. */
    private static final int OPERATION_BYTES_MIN = 1 + 4 + 4;

    private OperationCodec() {}

    static void writeOperations(BinaryWriter out, List<Operation> operations) {
        out.writeInt(operations.size());
        for (Operation operation : operations) {
            writeOperation(out, operation);
        }
    }

    static List<Operation> readOperations(BinaryReader in) {
        int count = in.readCount(OPERATION_BYTES_MIN);
        if (count == 0) {
            throw new MalformedBytesException("a write without an operation");
        }
        if (count == 1) {
            return List.of(readOperation(in));
        }
        List<Operation> operations = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            operations.add(readOperation(in));
        }
        return operations;
    }

    static void writeIdentities(BinaryWriter out, List<Identity> identities) {
        out.writeInt(identities.size());
        for (Identity identity : identities) {
            AclCodec.writeIdentity(out, identity);
        }
    }

    static List<Identity> readIdentities(BinaryReader in) {
        int count = in.readCount(1);
        if (count == 0) {
            return List.of();
        }
        if (count == 1) {
            return List.of(AclCodec.readIdentity(in));
        }
        List<Identity> identities = new ArrayList<>(Math.min(count, 64)); // an Identity is larger than its one byte
        for (int i = 0; i < count; i++) {
            identities.add(AclCodec.readIdentity(in));
        }
        return identities;
    }

    private static void writeOperation(BinaryWriter out, Operation operation) {
        if (operation instanceof Create create) {
            out.writeByte(CREATE).writeString(create.path()).writeBytes(create.data());
            out.writeByte(numberOf(create.mode()));
            AclCodec.writeAcl(out, create.acl());
        } else if (operation instanceof SetData set) {
            out.writeByte(SET_DATA).writeString(set.path().value()).writeBytes(set.data());
            out.writeInt(set.version());
        } else if (operation instanceof Delete delete) {
            out.writeByte(DELETE).writeString(delete.path().value()).writeInt(delete.version());
        } else if (operation instanceof Check check) {
            out.writeByte(CHECK).writeString(check.path().value()).writeInt(check.version());
        }
    }

    private static Operation readOperation(BinaryReader in) {
        int kind = in.readByte();
        return switch (kind) {
            case CREATE -> new Create(in.readString(), in.readNullableBytes(), readMode(in), AclCodec.readAcl(in));
            case SET_DATA -> new SetData(readPath(in), in.readNullableBytes(), in.readInt());
            case DELETE -> new Delete(readPath(in), in.readInt());
            case CHECK -> new Check(readPath(in), in.readInt());
            default -> throw new MalformedBytesException("operation kind " + kind + " is unknown");
        };
    }

    private static ZnodePath readPath(BinaryReader in) {
        return new ZnodePath(in.readString());
    }

    /** ZooKeeper's flags: 1 for ephemeral, 2 for sequential. */
    private static int numberOf(CreateMode mode) {
        return (mode.isEphemeral() ? 1 : 0) + (mode.isSequential() ? 2 : 0);
    }

    private static CreateMode readMode(BinaryReader in) {
        int mode = in.readByte();
        return switch (mode) {
            case 0 -> CreateMode.PERSISTENT;
            case 1 -> CreateMode.EPHEMERAL;
            case 2 -> CreateMode.PERSISTENT_SEQUENTIAL;
            case 3 -> CreateMode.EPHEMERAL_SEQUENTIAL;
            default -> throw new MalformedBytesException("create mode " + mode + " is unknown");
        };
    }
}
