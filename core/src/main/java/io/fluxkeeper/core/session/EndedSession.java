package io.fluxkeeper.core.session;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is left of a session for a while: the replies that its client had not acknowledged. A write that is sent again
 * after its session ended gets its answer, where the client would otherwise never learn whether it had been applied.
 * Immutable; the arrays belong to it.
 *
 * @param ended the transaction that ended it
 * @param firstCxid the write that the first of the replies answers
 * @param replies encoded, without holes
 */
public record EndedSession(Zxid ended, SessionId id, long firstCxid, List<byte[]> replies) {
    private static final int FORMAT = 1;

    /** Null when it is not kept. */
    byte @Nullable [] find(long cxid) {
        long index = cxid - firstCxid;
        return index < 0 || index >= replies.size() ? null : replies.get((int) index);
    }

    /** Its bytes in the store, without {@link #ended}, which is the key. */
    public void writeTo(BinaryWriter out) {
        out.writeByte(FORMAT).writeLong(id.value()).writeLong(firstCxid).writeInt(replies.size());
        for (byte[] reply : replies) {
            out.writeBytes(reply);
        }
    }

    /** @throws MalformedBytesException if these are not the bytes of one */
    public static EndedSession decode(Zxid ended, byte[] encoded) {
        BinaryReader in = new BinaryReader(encoded);
        int format = in.readByte();
        if (format != FORMAT) {
            throw new MalformedBytesException("ended session format " + format + " is unknown");
        }
        long id = in.readLong();
        if (id <= 0) {
            throw new MalformedBytesException("no session is called " + id);
        }
        long firstCxid = in.readLong();
        int count = in.readCount(Integer.BYTES);
        List<byte[]> replies = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            replies.add(in.readBytes());
        }
        in.requireEnd();
        return new EndedSession(ended, new SessionId(id), firstCxid, replies);
    }
}
