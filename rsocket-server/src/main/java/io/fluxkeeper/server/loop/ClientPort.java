package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.replica.ReplyHandle;
import java.util.List;

/** The way out to clients. Called on the replica thread; never blocks, never throws. */
public interface ClientPort {
    void reply(ReplyHandle handle, ServerReply reply);

    void emit(long subscription, List<WatchItem> items);

    void end(long subscription, ServerReply.Refused why);

    void close(long connection, String reason);

    /** The effects of one drain are all out: flush what was grouped by event loop. */
    void endOfDrain();
}
