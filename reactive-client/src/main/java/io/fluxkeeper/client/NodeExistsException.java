package io.fluxkeeper.client;

import io.fluxkeeper.core.protocol.ServerReply;

/** There is a znode of that path already. */
public final class NodeExistsException extends RefusedException {
    private static final long serialVersionUID = 1L;

    public NodeExistsException(ServerReply.Refused refused) {
        super(refused);
    }
}
