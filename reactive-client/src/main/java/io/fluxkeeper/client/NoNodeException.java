package io.fluxkeeper.client;

import io.fluxkeeper.core.protocol.ServerReply;

/** The znode, or the parent of a znode to be created, does not exist. */
public final class NoNodeException extends RefusedException {
    private static final long serialVersionUID = 1L;

    public NoNodeException(ServerReply.Refused refused) {
        super(refused);
    }
}
