package io.fluxkeeper.client;

/** This client was closed before the call could be made; it was not applied. */
public final class ClientClosedException extends FluxkeeperException {
    private static final long serialVersionUID = 1L;

    public ClientClosedException() {
        super("the client is closed", null);
    }
}
