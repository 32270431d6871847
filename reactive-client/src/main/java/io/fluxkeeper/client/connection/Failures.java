package io.fluxkeeper.client.connection;

import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.rsocket.RSocketErrorException;
import io.rsocket.exceptions.CustomRSocketException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/** Tells what a stream's error means: a refusal by the peer, or the end of the connection. */
public final class Failures {
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

    /** What went wrong, for a person: no class names, no addresses of a library's making. */
    public static String inWords(Throwable error) {
        String message = error.getMessage();
        if (error instanceof ConnectException) {
            return "connection refused";
        } else if (error instanceof UnknownHostException) {
            return "unknown host " + message;
        } else if (error instanceof ClosedChannelException) {
            return "the connection was closed";
        }
        return message == null ? error.getClass().getSimpleName() : message;
    }

    /** An ERROR frame on the stream that is no refusal: another protocol, or a server that fell over. */
    static boolean isViolation(Throwable error) {
        return error instanceof RSocketErrorException;
    }
}
