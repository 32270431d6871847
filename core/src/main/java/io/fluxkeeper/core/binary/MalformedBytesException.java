package io.fluxkeeper.core.binary;

/** Bytes that are not what their reader expected: cut short, a length beyond the end, an unknown tag. */
public final class MalformedBytesException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MalformedBytesException(String message) {
        super(message, null, false, false);
    }
}
