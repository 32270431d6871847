package io.fluxkeeper.client;

import org.jspecify.annotations.Nullable;

/** The write may or may not have been applied, or may still be. Ask again only what does no harm twice. */
public final class OutcomeUnknownException extends FluxkeeperException {
    private static final long serialVersionUID = 1L;

    private final long cxid;

    /** @param cxid the write's number in its session; 0 for a write without one */
    public OutcomeUnknownException(long cxid, String why, @Nullable Throwable cause) {
        super((cxid == 0 ? "the write" : "write " + cxid) + " may or may not have been applied: " + why, cause);
        this.cxid = cxid;
    }

    /** The write's number in its session; 0 for a write without one. */
    public long cxid() {
        return cxid;
    }
}
