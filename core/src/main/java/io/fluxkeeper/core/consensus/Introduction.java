package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;

/**
 * The first message of a link, and again whenever it changes: how far the sender's membership has come. Each
 * algorithm's codec gives it a tag of its own family.
 *
 * @param ensembleId 0 with membership NONE
 */
public record Introduction(Membership membership, long ensembleId) implements PeerMessage {
    @Override
    public Lane lane() {
        return Lane.LIVE;
    }

    /** Writes it without a tag. */
    public void writeTo(BinaryWriter out) {
        out.writeByte(membership.ordinal()).writeLong(ensembleId);
    }

    /** Reads what {@link #writeTo} wrote. */
    public static Introduction readFrom(BinaryReader in) {
        int ordinal = in.readByte();
        if (ordinal >= Membership.values().length) {
            throw new MalformedBytesException("there is no membership " + ordinal);
        }
        return new Introduction(Membership.values()[ordinal], in.readLong());
    }
}
