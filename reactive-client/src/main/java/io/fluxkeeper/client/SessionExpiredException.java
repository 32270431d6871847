package io.fluxkeeper.client;

import io.fluxkeeper.core.SessionId;
import org.jspecify.annotations.Nullable;

/** The session is over and its ephemeral znodes are gone; this call was not applied. Connect a new client. */
public final class SessionExpiredException extends FluxkeeperException {
    private static final long serialVersionUID = 1L;

    private final transient @Nullable SessionId session;

    public SessionExpiredException(@Nullable SessionId session) {
        super(session == null ? "the session is over" : "session " + session + " is over", null);
        this.session = session;
    }

    public @Nullable SessionId session() {
        return session;
    }
}
