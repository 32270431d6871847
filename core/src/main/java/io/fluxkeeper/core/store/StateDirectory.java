package io.fluxkeeper.core.store;

import java.io.IOException;
import java.util.List;

/** The state files as recovery sees them, before the peer runs. */
public interface StateDirectory extends StateStores {
    /** Whether there is a file of that name. */
    boolean exists(String fileName) throws IOException;

    /** The state files, sorted, without those of transfers that have not finished. */
    List<String> names() throws IOException;

    /** Gives every state file but this one a name under which nothing looks for it, or deletes it. No other may be open. */
    void keepAllBut(String fileName) throws IOException;

    /** Deletes every state file but this one, with all that interrupted transfers left. No other may be open. */
    void deleteAllBut(String fileName) throws IOException;
}
