package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.Zxid;

/** This peer's state is not the one that a quorum has. */
public final class StateDivergedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StateDivergedException(Zxid zxid) {
        super("its state at " + zxid
                + " is not the one that a quorum has; start it again, and it takes the state from the"
                + " others. Please report this");
    }
}
