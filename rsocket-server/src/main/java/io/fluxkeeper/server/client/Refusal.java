package io.fluxkeeper.server.client;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.rsocket.exceptions.CustomRSocketException;

/** A refusal as RSocket wants it: it becomes an ERROR frame. Made and gone in a microsecond, so it has no trace. */
final class Refusal extends CustomRSocketException {
    private static final long serialVersionUID = 1L;

    private Refusal(ServerReply.Refused refused) {
        super(refused.code().wireCode(), ApiCodec.writeError(refused));
    }

    static Refusal of(ServerReply.Refused refused) {
        return new Refusal(refused);
    }

    /** For what is refused before it reaches the replica; zxid 0, since here nobody knows which is applied. */
    static ServerReply.Refused because(ErrorCode code, String message) {
        return ServerReply.Refused.of(Zxid.ZERO, code, message);
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // touches nothing
    public Throwable fillInStackTrace() {
        return this;
    }
}
