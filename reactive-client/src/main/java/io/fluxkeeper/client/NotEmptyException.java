package io.fluxkeeper.client;

import io.fluxkeeper.core.protocol.ServerReply;

/** A znode with children cannot be deleted. */
public final class NotEmptyException extends RefusedException {
    private static final long serialVersionUID = 1L;

    public NotEmptyException(ServerReply.Refused refused) {
        super(refused);
    }
}
