package io.fluxkeeper.client;

import io.fluxkeeper.core.protocol.ServerReply;

/** The data were replaced while they were read in parts: what was read is of a version that is gone. Begin again. */
public final class ValueChangedException extends RefusedException {
    private static final long serialVersionUID = 1L;

    public ValueChangedException(ServerReply.Refused refused) {
        super(refused);
    }
}
