package io.fluxkeeper.core.journal;

import java.io.IOException;

/** A data directory that this peer must not start on. The message, one line, says what is wrong and what to do. */
public final class DataDirectoryException extends IOException {
    private static final long serialVersionUID = 1L;

    public DataDirectoryException(String message) {
        super(message);
    }
}
