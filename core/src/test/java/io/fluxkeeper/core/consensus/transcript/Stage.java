package io.fluxkeeper.core.consensus.transcript;

import io.fluxkeeper.core.consensus.BroadcastCluster;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an algorithm brings along. */
public interface Stage {
    /** An ensemble that has not started. @param options as in {@code ensemble 3 name=value}: what they mean is the stage's */
    BroadcastCluster ensemble(int peers, Map<String, String> options);

    /** Does a command that only this algorithm has. @return false for one that it does not know */
    default boolean command(BroadcastCluster cluster, String name, String[] words) {
        return false;
    }

    /** How a message, a record or an entry is written; null for the usual way, by its name and components. */
    default @Nullable String text(Object value) {
        return null;
    }
}
