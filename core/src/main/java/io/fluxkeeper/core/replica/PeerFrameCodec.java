package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.PeerMessageCodec;
import java.util.ArrayList;
import java.util.List;

/**
 * The byte form of what travels between peers: messages of several families, one after the other, until the bytes
 * end. Two frames put together are a frame again, so whoever waits for a slow link may join them.
 */
public final class PeerFrameCodec {
    private final List<PeerMessageCodec> families;

    /** @param families no two of them own the same tag */
    public PeerFrameCodec(List<PeerMessageCodec> families) {
        for (int tag = 0; tag <= 0xff; tag++) {
            int owned = tag;
            if (families.stream().filter(family -> family.owns(owned)).count() > 1) {
                throw new IllegalArgumentException("tag " + tag + " belongs to two families of peer messages");
            }
        }
        this.families = List.copyOf(families);
    }

    /**
     * Appends one message.
     *
     * @throws IllegalArgumentException if it is of no family known here
     */
    public void write(PeerMessage message, BinaryWriter out) {
        for (PeerMessageCodec family : families) {
            if (family.write(message, out)) {
                return;
            }
        }
        throw new IllegalArgumentException("no codec for the peer message " + message);
    }

    /**
     * Reads all messages up to the end.
     *
     * @throws MalformedBytesException if the bytes are not a sequence of known messages
     */
    public List<PeerMessage> read(BinaryReader in) {
        List<PeerMessage> messages = new ArrayList<>();
        while (in.remaining() > 0) {
            int tag = in.readByte();
            messages.add(familyOf(tag).read(tag, in));
        }
        return messages;
    }

    private PeerMessageCodec familyOf(int tag) {
        for (PeerMessageCodec family : families) {
            if (family.owns(tag)) {
                return family;
            }
        }
        throw new MalformedBytesException("no peer message has the tag " + tag);
    }
}
