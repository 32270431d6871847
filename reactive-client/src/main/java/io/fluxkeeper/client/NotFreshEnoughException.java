package io.fluxkeeper.client;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ServerReply;

/** The read waited as long as a peer lets it wait, and the peer had not become as fresh as it asked for. */
public final class NotFreshEnoughException extends RetryableException {
    private static final long serialVersionUID = 1L;

    private final transient Zxid zxid;

    public NotFreshEnoughException(ServerReply.Refused refused) {
        super(refused.code(), refused.message(), null);
        this.zxid = refused.zxid();
    }

    /** How far the peer was that was asked last. */
    public Zxid zxid() {
        return zxid;
    }
}
