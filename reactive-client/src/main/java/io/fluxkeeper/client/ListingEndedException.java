package io.fluxkeeper.client;

import io.fluxkeeper.core.protocol.ServerReply;
import org.jspecify.annotations.Nullable;

/**
 * A listing of one moment could not be held until its end: its time was over, too much changed, or its peer was left.
 * What was listed is right; go on behind the last name, as of another moment.
 */
public final class ListingEndedException extends RefusedException {
    private static final long serialVersionUID = 1L;

    private final @Nullable String after;

    public ListingEndedException(ServerReply.Refused refused, @Nullable String after) {
        super(refused);
        this.after = after;
    }

    /** The last name that was listed, for {@link ChildrenSpec#after}; null when there was none. */
    public @Nullable String after() {
        return after;
    }
}
