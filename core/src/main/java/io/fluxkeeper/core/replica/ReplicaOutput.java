package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.protocol.ServerReply;

/** What the parts of a replica may say to the outside. */
interface ReplicaOutput {
    void reply(ReplyHandle handle, ServerReply reply);

    /** To a peer by that link, at once; it promises nothing of this disk. */
    void tell(PeerId to, long link, ReplicaMessage message);

    void closeConnection(long connection, String reason);
}
