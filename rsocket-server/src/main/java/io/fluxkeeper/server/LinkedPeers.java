package io.fluxkeeper.server;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.server.config.HostPort;
import io.fluxkeeper.server.peer.PeerLinks;
import reactor.core.publisher.Mono;

/** The links to other peers, as a part of a running peer. */
record LinkedPeers(PeerLinks links, HostPort address) implements PeerParts.Peers {
    @Override
    public void send(ReplicaEffect.SendFrame frame) {
        links.send(frame);
    }

    @Override
    public void disconnect(PeerId peer, long link, String reason) {
        links.disconnect(peer, link, reason);
    }

    @Override
    public void stateTransfer(ReplicaEffect.StateTransfer effect) {
        links.stateTransfer(effect);
    }

    @Override
    public Mono<Void> close() {
        return links.stop();
    }
}
