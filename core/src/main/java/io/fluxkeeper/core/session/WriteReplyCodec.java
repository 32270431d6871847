package io.fluxkeeper.core.session;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.protocol.OperationResult;
import io.fluxkeeper.core.protocol.ServerReply.Created;
import io.fluxkeeper.core.protocol.ServerReply.DataSet;
import io.fluxkeeper.core.protocol.ServerReply.Deleted;
import io.fluxkeeper.core.protocol.ServerReply.MultiDone;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.protocol.ServerReply.SessionClosed;
import io.fluxkeeper.core.protocol.ServerReply.WriteReply;
import io.fluxkeeper.core.znode.StatCodec;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bytes of a reply as the reply table keeps it. */
public final class WriteReplyCodec {
    private static final int SESSION_CLOSED = 1;
    private static final int CREATED = 2;
    private static final int DATA_SET = 3;
    private static final int DELETED = 4;
    private static final int MULTI_DONE = 5;
    private static final int REFUSED = 6;
    /** Only as a result in a multi. */
    private static final int CHECKED = 7;

    private static final int NO_FIELDS = 0;
    private static final int HAS_FAILED_OPERATION = 1;
    private static final int HAS_EXPECTED = 2;
    private static final int HAS_ACTUAL = 4;
    private static final int ALL_FIELDS = 7;

    private static final int SCRATCH_BYTES_MAX = 16 << 10;

    private WriteReplyCodec() {}

    /** @param scratch is cleared, and may be used again at once */
    static byte[] encode(WriteReply reply, BinaryWriter scratch) {
        scratch.clear(SCRATCH_BYTES_MAX);
        write(scratch, reply);
        return scratch.toByteArray();
    }

    /** @throws MalformedBytesException if these are not the bytes of one reply */
    public static WriteReply decode(byte[] encoded) {
        BinaryReader in = new BinaryReader(encoded);
        try {
            WriteReply reply = read(in);
            in.requireEnd();
            return reply;
        } catch (IllegalArgumentException e) { // a path or number that its record does not allow
            throw new MalformedBytesException("not a reply: " + e.getMessage());
        }
    }

    private static void write(BinaryWriter out, WriteReply reply) {
        if (reply instanceof SessionClosed) {
            writeHead(out, SESSION_CLOSED, reply);
        } else if (reply instanceof Created created) {
            writeHead(out, CREATED, reply);
            out.writeString(created.path().value());
            StatCodec.write(out, created.stat());
        } else if (reply instanceof DataSet set) {
            writeHead(out, DATA_SET, reply);
            StatCodec.write(out, set.stat());
        } else if (reply instanceof Deleted) {
            writeHead(out, DELETED, reply);
        } else if (reply instanceof MultiDone done) {
            writeHead(out, MULTI_DONE, reply);
            out.writeInt(done.results().size());
            for (OperationResult result : done.results()) {
                writeResult(out, result);
            }
        } else if (reply instanceof Refused refused) {
            writeHead(out, REFUSED, reply);
            writeRefusal(out, refused);
        }
    }

    private static void writeHead(BinaryWriter out, int kind, WriteReply reply) {
        out.writeByte(kind).writeLong(reply.zxid().value());
    }

    private static WriteReply read(BinaryReader in) {
        int kind = in.readByte();
        Zxid zxid = new Zxid(in.readLong());
        return switch (kind) {
            case SESSION_CLOSED -> new SessionClosed(zxid);
            case CREATED -> new Created(zxid, new ZnodePath(in.readString()), StatCodec.read(in));
            case DATA_SET -> new DataSet(zxid, StatCodec.read(in));
            case DELETED -> new Deleted(zxid);
            case MULTI_DONE -> new MultiDone(zxid, readResults(in));
            case REFUSED -> readRefusal(in, zxid);
            default -> throw new MalformedBytesException("reply kind " + kind + " is unknown");
        };
    }

    private static void writeResult(BinaryWriter out, OperationResult result) {
        if (result instanceof OperationResult.Created created) {
            out.writeByte(CREATED).writeString(created.path().value());
            StatCodec.write(out, created.stat());
        } else if (result instanceof OperationResult.DataSet set) {
            out.writeByte(DATA_SET);
            StatCodec.write(out, set.stat());
        } else {
            out.writeByte(result instanceof OperationResult.Deleted ? DELETED : CHECKED);
        }
    }

    private static List<OperationResult> readResults(BinaryReader in) {
        int count = in.readCount(1);
        List<OperationResult> results = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int kind = in.readByte();
            results.add(
                    switch (kind) {
                        case CREATED -> new OperationResult.Created(new ZnodePath(in.readString()), StatCodec.read(in));
                        case DATA_SET -> new OperationResult.DataSet(StatCodec.read(in));
                        case DELETED -> new OperationResult.Deleted();
                        case CHECKED -> new OperationResult.Checked();
                        default -> throw new MalformedBytesException("result kind " + kind + " is unknown");
                    });
        }
        return results;
    }

    /** No refusal of a write says where a stream goes on. */
    private static void writeRefusal(BinaryWriter out, Refused refused) {
        out.writeInt(refused.code().wireCode()).writeString(refused.path()).writeString(refused.message());
        out.writeByte((refused.failedOperation() == null ? NO_FIELDS : HAS_FAILED_OPERATION)
                | (refused.expected() == null ? NO_FIELDS : HAS_EXPECTED)
                | (refused.actual() == null ? NO_FIELDS : HAS_ACTUAL));
        if (refused.failedOperation() != null) {
            out.writeInt(refused.failedOperation());
        }
        if (refused.expected() != null) {
            out.writeLong(refused.expected());
        }
        if (refused.actual() != null) {
            out.writeLong(refused.actual());
        }
    }

    private static Refused readRefusal(BinaryReader in, Zxid zxid) {
        var code = ErrorCodes.ofWireCode(in.readInt());
        @Nullable String path = in.readNullableString();
        String message = in.readString();
        int fields = in.readByte();
        if (fields > ALL_FIELDS) {
            throw new MalformedBytesException("refusal fields " + fields + " are unknown");
        }
        @Nullable Integer failedOperation = (fields & HAS_FAILED_OPERATION) == 0 ? null : Integer.valueOf(in.readInt());
        @Nullable Long expected = (fields & HAS_EXPECTED) == 0 ? null : Long.valueOf(in.readLong());
        @Nullable Long actual = (fields & HAS_ACTUAL) == 0 ? null : Long.valueOf(in.readLong());
        return new Refused(zxid, code, path, message, failedOperation, expected, actual, null);
    }
}
