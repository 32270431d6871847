package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;

/** The byte form of a family of {@link PeerMessage}s; each begins with a tag byte of its own family. */
public interface PeerMessageCodec {
    /** Whether the tag byte belongs to this family. */
    boolean owns(int tag);

    /** @return false when the message is not of this family, and then nothing was written */
    boolean write(PeerMessage message, BinaryWriter out);

    /**
     * Reads one message, whose tag has been read.
     *
     * @throws io.fluxkeeper.core.binary.MalformedBytesException if the bytes are not such a message
     */
    PeerMessage read(int tag, BinaryReader in);
}
