package io.fluxkeeper.client.connection;

import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.rsocket.RSocketErrorException;
import io.rsocket.exceptions.CustomRSocketException;
import org.jspecify.annotations.Nullable;

/** Tells what a stream's error means: a refusal by the peer, or the end of the connection. */
final class Failures {
    private static final int APPLICATION_CODE_MIN = ErrorCode.NO_NODE.wireCode();

    private Failures() {}

    /** What the peer refused with; null when it is no refusal in the API's words. */
    static ServerReply.@Nullable Refused refusal(Throwable error) {
        if (error instanceof CustomRSocketException custom
                && Integer.compareUnsigned(custom.errorCode(), APPLICATION_CODE_MIN) >= 0) {
            String json = custom.getMessage();
            return ApiCodec.readError(json == null ? "" : json);
        }
        return null;
    }

    /** An ERROR frame on the stream that is no refusal: another protocol, or a server that fell over. */
    static boolean isViolation(Throwable error) {
        return error instanceof RSocketErrorException;
    }
}
