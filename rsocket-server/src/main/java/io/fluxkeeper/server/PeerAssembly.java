package io.fluxkeeper.server;

import io.fluxkeeper.server.config.ServerConfig;

/** Puts the real parts of a peer together: the one place that knows which implementations there are. */
final class PeerAssembly implements PeerParts {
    @Override
    public Opened open(ServerConfig config) {
        throw new StartException("no parts", new UnsupportedOperationException());
    }

    @Override
    public Peers peers(Host host) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Clients clients(Host host) {
        throw new UnsupportedOperationException();
    }
}
