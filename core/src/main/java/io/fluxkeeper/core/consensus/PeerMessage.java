package io.fluxkeeper.core.consensus;

/** Something one peer tells another. Immutable. */
public interface PeerMessage {
    /** Which of a link's two ordered lanes it takes. */
    Lane lane();

    /**
     * The lanes of a directed link; each is in order, and neither says anything about the other.
     */
    enum Lane {
        /** Synchronisation, proposals, acks, commits. */
        LOG,
        /** Pings, touches, forwarded requests, votes. */
        LIVE
    }
}
