package io.fluxkeeper.core.session;

import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.protocol.ErrorCode;
import java.util.HashMap;
import java.util.Map;

/** Error codes by the number that stands for them in stored bytes. */
public final class ErrorCodes {
    private static final Map<Integer, ErrorCode> BY_WIRE_CODE = new HashMap<>();

    static {
        for (ErrorCode code : ErrorCode.values()) {
            BY_WIRE_CODE.put(code.wireCode(), code);
        }
    }

    private ErrorCodes() {}

    /** @throws MalformedBytesException if no code has this number */
    public static ErrorCode ofWireCode(int wireCode) {
        ErrorCode code = BY_WIRE_CODE.get(wireCode);
        if (code == null) {
            throw new MalformedBytesException("error code " + wireCode + " is unknown");
        }
        return code;
    }
}
