package io.fluxkeeper.core.watch;

import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import java.util.List;

/** Where watches put what they have to say. */
public interface WatchOutput {
    void emit(long subscription, List<WatchItem> items);

    void end(long subscription, ServerReply.Refused why);

    /** Asks for rows of the change log that the store has, from that key on; {@link Watches#changesRead} takes them. */
    void readChanges(String fromKey, int bytesMax);
}
