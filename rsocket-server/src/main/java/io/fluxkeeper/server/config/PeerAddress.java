package io.fluxkeeper.server.config;

/**
 * Where a peer of the ensemble is found.
 *
 * @param host name or address, an IPv6 address without brackets
 * @param peerPort where the other peers reach it
 * @param clientPort where clients reach it
 */
public record PeerAddress(String host, int peerPort, int clientPort) {
    public PeerAddress {
        new HostPort(host, peerPort);
        new HostPort(host, clientPort);
    }

    public HostPort forPeers() {
        return new HostPort(host, peerPort);
    }

    public HostPort forClients() {
        return new HostPort(host, clientPort);
    }

    @Override
    public String toString() {
        return forPeers() + ":" + clientPort;
    }
}
