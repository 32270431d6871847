package io.fluxkeeper.client;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import org.jspecify.annotations.Nullable;

/** The service decided: not applied, and asking again gives the same until the tree changes. */
public sealed class RefusedException extends FluxkeeperException
        permits NoNodeException,
                NodeExistsException,
                BadVersionException,
                NotEmptyException,
                ListingEndedException,
                ValueChangedException {
    private static final long serialVersionUID = 1L;

    private final transient ServerReply.Refused refused;

    public RefusedException(ServerReply.Refused refused) {
        super(refused.code() + ": " + refused.message(), null);
        this.refused = refused;
    }

    public ErrorCode code() {
        return refused.code();
    }

    /** The znode concerned; null for none. */
    public @Nullable String path() {
        return refused.path();
    }

    /** The transaction that refused it, or the last one applied where a read was refused. */
    public Zxid zxid() {
        return refused.zxid();
    }

    /** The operation of a multi that was refused, from 0; null outside a multi. */
    public @Nullable Integer failedOperation() {
        return refused.failedOperation();
    }

    final ServerReply.Refused refused() {
        return refused;
    }
}
