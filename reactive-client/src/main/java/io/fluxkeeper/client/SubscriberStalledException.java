package io.fluxkeeper.client;

import io.fluxkeeper.core.protocol.ChangePosition;
import org.jspecify.annotations.Nullable;

/** The subscriber of a stream asked for nothing for so long that the service ended it, though there was something. */
public final class SubscriberStalledException extends FluxkeeperException {
    private static final long serialVersionUID = 1L;

    private final transient @Nullable ChangePosition position;

    public SubscriberStalledException(@Nullable ChangePosition position, String message) {
        super(message, null);
        this.position = position;
    }

    /** Behind the last event it took: a watch from here misses nothing. Null if it was being shown the state. */
    public @Nullable ChangePosition position() {
        return position;
    }
}
