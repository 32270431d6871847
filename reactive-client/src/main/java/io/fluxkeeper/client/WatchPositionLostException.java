package io.fluxkeeper.client;

import io.fluxkeeper.core.Zxid;
import org.jspecify.annotations.Nullable;

/**
 * No peer that could be reached keeps the changes after the wanted position any more. Read the present state, then
 * watch from the zxid of that read.
 */
public final class WatchPositionLostException extends FluxkeeperException {
    private static final long serialVersionUID = 1L;

    private final transient @Nullable Zxid oldest;

    public WatchPositionLostException(@Nullable Zxid oldest, String message) {
        super(message, null);
        this.oldest = oldest;
    }

    /** The oldest position that the peers offered; null when none said so. */
    public @Nullable Zxid oldest() {
        return oldest;
    }
}
