package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.consensus.Algorithm;
import io.fluxkeeper.core.consensus.Ensemble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a dialling peer says of itself in SETUP.
 *
 * @param peer the id it claims, 1 to 255; checked only by {@link #refusal}
 * @param target whom it believes to have dialled
 * @param ensembleId 0 when it does not know its ensemble yet
 * @param consensus name of its algorithm
 * @param incarnation of its process
 */
record Introduction(int peer, int target, long ensembleId, String consensus, long incarnation) {
    /** Raised with any change of what peers say to each other. */
    static final int VERSION = 1;

    /** A longer one is refused unread. */
    static final int BYTES_MAX = 256;

    private static final int MAGIC = 0x464b5031;

    /** RSocket's refusal of a SETUP has room for a sentence and nothing else, so the id is read back from that. */
    private static final Pattern FOREIGN =
            Pattern.compile("peer \\d+ belongs to the ensemble \\p{XDigit}+, but peer \\d+ to (\\p{XDigit}{1,16})");

    byte[] toBytes() {
        return new BinaryWriter(64)
                .writeInt(MAGIC)
                .writeInt(VERSION)
                .writeByte(peer)
                .writeByte(target)
                .writeLong(ensembleId)
                .writeString(consensus)
                .writeLong(incarnation)
                .toByteArray();
    }

    /** @throws MalformedBytesException with a sentence for the other side, if this is no introduction of our version */
    static Introduction read(BinaryReader in) {
        if (in.remaining() > BYTES_MAX) {
            throw new MalformedBytesException("the introduction is longer than " + BYTES_MAX + " bytes");
        }
        if (in.readInt() != MAGIC) {
            throw new MalformedBytesException("this is the port for peers, and the caller is none");
        }
        int version = in.readInt();
        if (version != VERSION) {
            throw new MalformedBytesException(
                    "the peer speaks version " + version + " of the peer protocol, this one version " + VERSION);
        }
        Introduction introduction =
                new Introduction(in.readByte(), in.readByte(), in.readLong(), in.readString(), in.readLong());
        in.requireEnd();
        return introduction;
    }

    /** Why this peer does not want that link, whatever ensemble it belongs to, in one sentence; null when it may. */
    @Nullable String refusal(Ensemble ensemble, String ourConsensus) {
        int self = ensemble.self().value();
        if (target != self) {
            return "peer " + peer + " wanted peer " + target + ", but this is peer " + self;
        }
        if (peer < 1 || !ensemble.others().contains(new PeerId(peer))) {
            return "peer " + peer + " is not one of the ensemble " + ensemble.peers() + " that peer " + self + " knows";
        }
        if (peer < self) {
            return "peer " + peer + " does not dial peer " + self + ": the one with the larger id dials";
        }
        if (!consensus.equals(ourConsensus)) {
            String theirs =
                    Algorithm.of(consensus).isPresent() ? consensus : "an algorithm that this version does not know";
            return "peer " + peer + " runs " + theirs + ", but peer " + self + " runs " + ourConsensus;
        }
        return null;
    }

    /** Whether both know which ensemble they belong to, and it is not the same. */
    boolean isForeign(long ourEnsembleId) {
        return ensembleId != 0 && ourEnsembleId != 0 && ensembleId != ourEnsembleId;
    }

    /** The refusal of a foreign one; {@link #ensembleOfRefusing} reads it. */
    String foreignRefusal(long ourEnsembleId) {
        return "peer " + peer + " belongs to the ensemble " + Long.toHexString(ensembleId) + ", but peer " + target
                + " to " + Long.toHexString(ourEnsembleId);
    }

    /** The ensemble of the peer that refused this one's introduction because of it; 0 if the refusal is another. */
    static long ensembleOfRefusing(String refusal) {
        Matcher foreign = FOREIGN.matcher(refusal);
        return foreign.matches() ? Long.parseUnsignedLong(foreign.group(1), 16) : 0;
    }
}
