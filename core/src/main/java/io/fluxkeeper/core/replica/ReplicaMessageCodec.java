package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.PeerMessageCodec;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.replica.ReplicaMessage.DigestRefuted;
import io.fluxkeeper.core.replica.ReplicaMessage.DigestTold;
import io.fluxkeeper.core.replica.ReplicaMessage.ForwardedRequest;
import io.fluxkeeper.core.replica.ReplicaMessage.ReadIndexAnswered;
import io.fluxkeeper.core.replica.ReplicaMessage.ReadIndexAsked;
import io.fluxkeeper.core.replica.ReplicaMessage.RequestRefused;
import io.fluxkeeper.core.replica.ReplicaMessage.Touches;
import io.fluxkeeper.core.replica.ReplicaMessage.TouchesCounted;
import java.util.ArrayList;
import java.util.List;

/** The byte form of {@link ReplicaMessage}: tag, epoch, fields in the order of the record. Tags 64 to 127. */
public final class ReplicaMessageCodec implements PeerMessageCodec {
    private static final int FORWARDED_REQUEST = 64;
    private static final int REQUEST_REFUSED = 65;
    private static final int TOUCHES = 66;
    private static final int TOUCHES_COUNTED = 67;
    private static final int READ_INDEX_ASKED = 68;
    private static final int READ_INDEX_ANSWERED = 69;
    private static final int DIGEST_TOLD = 70;
    private static final int DIGEST_REFUTED = 71;

    @Override
    public boolean owns(int tag) {
        return tag >= 64 && tag <= 127;
    }

    @Override
    public boolean write(PeerMessage message, BinaryWriter out) {
        if (message instanceof ForwardedRequest m) {
            out.writeByte(FORWARDED_REQUEST).writeLong(m.epoch()).writeLong(m.number());
            out.writeLong(m.session().value())
                    .writeLong(m.generation())
                    .writeLong(m.cxid())
                    .writeBytes(m.payload());
        } else if (message instanceof RequestRefused m) {
            out.writeByte(REQUEST_REFUSED).writeLong(m.epoch()).writeLong(m.number());
            out.writeInt(m.code().wireCode()).writeLong(m.expected()).writeString(m.message());
        } else if (message instanceof Touches m) {
            out.writeByte(TOUCHES).writeLong(m.epoch()).writeLong(m.sequence());
            out.writeInt(m.sessions().size());
            m.sessions().forEach(session -> out.writeLong(session.value()));
        } else if (message instanceof TouchesCounted m) {
            out.writeByte(TOUCHES_COUNTED).writeLong(m.epoch()).writeLong(m.sequence());
            out.writeLong(m.upTo().value());
        } else if (message instanceof ReadIndexAsked m) {
            out.writeByte(READ_INDEX_ASKED).writeLong(m.epoch()).writeLong(m.token());
        } else if (message instanceof ReadIndexAnswered m) {
            out.writeByte(READ_INDEX_ANSWERED).writeLong(m.epoch()).writeLong(m.token());
            out.writeLong(m.zxid().value());
        } else if (message instanceof DigestTold m) {
            out.writeByte(DIGEST_TOLD).writeLong(m.epoch()).writeLong(m.zxid().value());
            out.writeLong(m.digest());
        } else if (message instanceof DigestRefuted m) {
            out.writeByte(DIGEST_REFUTED)
                    .writeLong(m.epoch())
                    .writeLong(m.zxid().value());
            out.writeLong(m.digest());
        } else {
            return false;
        }
        return true;
    }

    @Override
    public ReplicaMessage read(int tag, BinaryReader in) {
        long epoch = in.readLong();
        long number = in.readLong();
        return switch (tag) {
            case FORWARDED_REQUEST ->
                new ForwardedRequest(epoch, number, session(in), in.readLong(), in.readLong(), in.readBytes());
            case REQUEST_REFUSED ->
                new RequestRefused(epoch, number, code(in.readInt()), in.readLong(), in.readString());
            case TOUCHES -> new Touches(epoch, number, sessions(in));
            case TOUCHES_COUNTED -> new TouchesCounted(epoch, number, zxid(in));
            case READ_INDEX_ASKED -> new ReadIndexAsked(epoch, number);
            case READ_INDEX_ANSWERED -> new ReadIndexAnswered(epoch, number, zxid(in));
            case DIGEST_TOLD -> new DigestTold(epoch, zxid(number), in.readLong());
            case DIGEST_REFUTED -> new DigestRefuted(epoch, zxid(number), in.readLong());
            default -> throw new MalformedBytesException("no replica message has tag " + tag);
        };
    }

    private static List<SessionId> sessions(BinaryReader in) {
        int count = in.readCount(Long.BYTES);
        List<SessionId> sessions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            sessions.add(session(in));
        }
        return sessions;
    }

    private static SessionId session(BinaryReader in) {
        return new SessionId(in.readNotNegative("a session id"));
    }

    private static Zxid zxid(BinaryReader in) {
        return zxid(in.readLong());
    }

    private static Zxid zxid(long value) {
        if (value < 0) {
            throw new MalformedBytesException("a zxid is not negative: " + value);
        }
        return new Zxid(value);
    }

    private static ErrorCode code(int wireCode) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.wireCode() == wireCode) {
                return code;
            }
        }
        throw new MalformedBytesException("no error has code " + wireCode);
    }
}
