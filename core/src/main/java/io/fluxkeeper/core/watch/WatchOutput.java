package io.fluxkeeper.core.watch;

import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import java.util.List;

/** Where watches put what they have to say. */
public interface WatchOutput {
    void emit(long subscription, List<WatchItem> items);

    void end(long subscription, ServerReply.Refused why);
}
