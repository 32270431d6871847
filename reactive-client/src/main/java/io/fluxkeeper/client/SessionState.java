package io.fluxkeeper.client;

/** How a client stands with the ensemble. */
public enum SessionState {
    /** For the first time connected, the session open. */
    CONNECTED,
    /**
     * Without a peer. Calls wait; the session and its ephemeral znodes may end at any moment. Who holds a lock stops
     * acting on it.
     */
    SUSPENDED,
    /** With a peer again, in the same session: its ephemeral znodes are still there, nothing was lost. */
    RE_ATTACHED,
    /** The service ended the session. This client is over; connect a new one. */
    EXPIRED,
    /** Closed by its user. */
    CLOSED;

    /** Whether no other state follows. */
    public boolean isLast() {
        return this == EXPIRED || this == CLOSED;
    }
}
