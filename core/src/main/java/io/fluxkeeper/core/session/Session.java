package io.fluxkeeper.core.session;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import java.security.MessageDigest;

/**
 * A client's lease as the ensemble knows it; when it was last heard of is the leader's business alone, and how far its
 * writes have come is in its {@link ReplyTable}, so that a write does not change it. Immutable; the array belongs to it.
 *
 * @param generation the zxid of the entry that attached it last: a write from an earlier attachment is refused
 * @param passwordHash SHA-256 of the password; the password itself is known to the client and, for a moment, its peer
 * @param windowMax most writes whose replies are not acknowledged, as it was when the session was opened
 * @param replyBytesMax bytes of those replies that make the window full, likewise
 */
public record Session(
        SessionId id, long generation, int timeoutMillis, byte[] passwordHash, int windowMax, int replyBytesMax) {
    private static final int FORMAT = 1;

    Session attached(long newGeneration) {
        return new Session(id, newGeneration, timeoutMillis, passwordHash, windowMax, replyBytesMax);
    }

    /** Takes the same time wherever the two differ. */
    boolean hasPassword(byte[] hash) {
        return MessageDigest.isEqual(passwordHash, hash);
    }

    /** Its bytes in the store, without the id, which is the key. */
    public void writeTo(BinaryWriter out) {
        out.writeByte(FORMAT).writeLong(generation).writeInt(timeoutMillis).writeBytes(passwordHash);
        out.writeInt(windowMax).writeInt(replyBytesMax);
    }

    /** @throws MalformedBytesException if these are not the bytes of one session */
    public static Session decode(SessionId id, byte[] encoded) {
        BinaryReader in = new BinaryReader(encoded);
        int format = in.readByte();
        if (format != FORMAT) {
            throw new MalformedBytesException("session format " + format + " is unknown");
        }
        Session session = new Session(id, in.readLong(), in.readInt(), in.readBytes(), in.readInt(), in.readInt());
        in.requireEnd();
        return session;
    }
}
