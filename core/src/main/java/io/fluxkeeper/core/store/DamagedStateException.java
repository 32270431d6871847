package io.fluxkeeper.core.store;

import java.io.IOException;

/** The stored state is not what was written: it must be healed from a peer and never served. */
public final class DamagedStateException extends IOException {
    private static final long serialVersionUID = 1L;

    public DamagedStateException(String message) {
        super(message);
    }
}
