package io.fluxkeeper.core.store;

import java.io.IOException;

/** The state files as recovery sees them, before the peer runs. */
public interface StateDirectory extends StateStores {
    /** Whether there is a file of that name. */
    boolean exists(String fileName) throws IOException;

    /** Deletes every state file but this one, with all that interrupted transfers left. No other may be open. */
    void deleteAllBut(String fileName) throws IOException;
}
