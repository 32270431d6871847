package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.binary.BigEndian;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.replica.Transaction.AttachSession;
import io.fluxkeeper.core.replica.Transaction.Body;
import io.fluxkeeper.core.replica.Transaction.CloseSession;
import io.fluxkeeper.core.replica.Transaction.ExpireSession;
import io.fluxkeeper.core.replica.Transaction.OpenSession;
import io.fluxkeeper.core.replica.Transaction.Origin;
import io.fluxkeeper.core.replica.Transaction.RefusedWrite;
import io.fluxkeeper.core.replica.Transaction.Write;
import io.fluxkeeper.core.session.ErrorCodes;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a {@link Transaction} as the log holds them: time (8 bytes, first, so that a leader can put its own into
 * what a follower encoded), format (1), kind of body (1), origin, body.
 */
public final class TransactionCodec {
    /** The only format there is; a new one gets a new number, and the old ones stay readable. */
    private static final int FORMAT = 1;

    private static final int WRITE = 1;
    private static final int OPEN_SESSION = 2;
    private static final int ATTACH_SESSION = 3;
    private static final int CLOSE_SESSION = 4;
    private static final int EXPIRE_SESSION = 5;
    private static final int REFUSED_WRITE = 6;

    /** Behind time, format, kind, and the peer and the incarnation of the origin. */
    private static final int NUMBER_AT = Long.BYTES + 1 + 1 + 1 + Long.BYTES;

    private static final int SCRATCH_BYTES_MAX = 1 << 16;

    private TransactionCodec() {}

    public static byte[] encode(Transaction transaction) {
        return encode(transaction, new BinaryWriter());
    }

    /** @param out is cleared, and may be used again at once */
    static byte[] encode(Transaction transaction, BinaryWriter out) {
        out.clear(SCRATCH_BYTES_MAX);
        Body body = transaction.body();
        out.writeLong(transaction.timeMillis()).writeByte(FORMAT).writeByte(kindOf(body));
        Origin origin = transaction.origin();
        out.writeByte(origin.peer().value()).writeLong(origin.incarnation()).writeLong(origin.number());
        writeBody(out, body);
        return out.toByteArray();
    }

    /** @throws MalformedBytesException if these are not the bytes of a transaction, all of them */
    public static Transaction decode(byte[] encoded) {
        BinaryReader in = new BinaryReader(encoded);
        try {
            long timeMillis = in.readLong();
            int format = in.readByte();
            if (format != FORMAT) {
                throw new MalformedBytesException("transaction format " + format + " is unknown");
            }
            int kind = in.readByte();
            Origin origin = new Origin(new PeerId(in.readByte()), in.readLong(), in.readLong());
            Body body = readBody(in, kind);
            in.requireEnd();
            return new Transaction(timeMillis, origin, body);
        } catch (IllegalArgumentException e) { // a path, number or combination that its record does not allow
            throw new MalformedBytesException("not a transaction: " + e.getMessage());
        }
    }

    /**
     * Overwrites the time in encoded bytes that have not been shared yet.
     *
     * @throws MalformedBytesException if they are too short to hold one
     */
    public static void stampTime(byte[] encoded, long timeMillis) {
        if (encoded.length < Long.BYTES) {
            throw new MalformedBytesException("a transaction of " + encoded.length + " bytes has no time");
        }
        BigEndian.LONG.set(encoded, 0, timeMillis);
    }

    /** A copy of encoded bytes, with another number of its origin. */
    static byte[] renumbered(byte[] encoded, long number) {
        byte[] copy = encoded.clone();
        BigEndian.LONG.set(copy, NUMBER_AT, number);
        return copy;
    }

    private static int kindOf(Body body) {
        if (body instanceof Write) {
            return WRITE;
        } else if (body instanceof OpenSession) {
            return OPEN_SESSION;
        } else if (body instanceof AttachSession) {
            return ATTACH_SESSION;
        } else if (body instanceof CloseSession) {
            return CLOSE_SESSION;
        } else if (body instanceof ExpireSession) {
            return EXPIRE_SESSION;
        }
        return REFUSED_WRITE;
    }

    private static void writeBody(BinaryWriter out, Body body) {
        if (body instanceof Write write) {
            writeStamp(out, write.stamp());
            out.writeLong(write.generation()).writeBoolean(write.multi());
            OperationCodec.writeOperations(out, write.operations());
            OperationCodec.writeIdentities(out, write.identities());
        } else if (body instanceof OpenSession open) {
            out.writeInt(open.timeoutMillis()).writeBytes(open.passwordHash());
        } else if (body instanceof AttachSession attach) {
            out.writeLong(attach.session().value()).writeBytes(attach.passwordHash());
        } else if (body instanceof CloseSession close) {
            writeStamp(out, close.stamp());
            out.writeLong(close.generation());
        } else if (body instanceof ExpireSession expire) {
            out.writeLong(expire.session().value()).writeLong(expire.generation());
        } else if (body instanceof RefusedWrite refused) {
            writeStamp(out, refused.stamp());
            out.writeLong(refused.generation()).writeInt(refused.code().wireCode());
            out.writeString(refused.path()).writeString(refused.message());
        }
    }

    private static Body readBody(BinaryReader in, int kind) {
        return switch (kind) {
            case WRITE ->
                new Write(
                        readStamp(in),
                        in.readLong(),
                        in.readBoolean(),
                        OperationCodec.readOperations(in),
                        OperationCodec.readIdentities(in));
            case OPEN_SESSION -> new OpenSession(in.readInt(), in.readBytes());
            case ATTACH_SESSION -> new AttachSession(new SessionId(in.readLong()), in.readBytes());
            case CLOSE_SESSION -> new CloseSession(requireStamp(in), in.readLong());
            case EXPIRE_SESSION -> new ExpireSession(new SessionId(in.readLong()), in.readLong());
            case REFUSED_WRITE ->
                new RefusedWrite(requireStamp(in), in.readLong(), readErrorCode(in), in.readString(), in.readString());
            default -> throw new MalformedBytesException("transaction kind " + kind + " is unknown");
        };
    }

    private static ErrorCode readErrorCode(BinaryReader in) {
        return ErrorCodes.ofWireCode(in.readInt());
    }

    private static void writeStamp(BinaryWriter out, @Nullable WriteStamp stamp) {
        if (stamp == null) {
            out.writeLong(0); // no session is called 0
            return;
        }
        out.writeLong(stamp.session().value()).writeLong(stamp.cxid()).writeLong(stamp.acked());
    }

    private static @Nullable WriteStamp readStamp(BinaryReader in) {
        long session = in.readLong();
        return session == 0 ? null : new WriteStamp(new SessionId(session), in.readLong(), in.readLong());
    }

    private static WriteStamp requireStamp(BinaryReader in) {
        WriteStamp stamp = readStamp(in);
        if (stamp == null) {
            throw new MalformedBytesException("the stamp names no session");
        }
        return stamp;
    }
}
