package io.fluxkeeper.core.protocol;

/** Bytes that are not the request they should be; the message is one sentence for whoever wrote them. */
public final class MalformedRequestException extends Exception {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    /** @param code {@code MALFORMED} for the form, {@code BAD_ARGUMENTS} for what a field says */
    public MalformedRequestException(ErrorCode code, String message) {
        super(message, null, false, false); // a caller's mistake: where we noticed it helps nobody
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }

    /** Never null. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
