package io.fluxkeeper.server;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.server.config.HostPort;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** For a peer that is alone in its ensemble: nobody listens, and nobody is there to be told anything. */
final class NoPeers implements PeerParts.Peers {
    @Override
    public void send(ReplicaEffect.SendFrame frame) {}

    @Override
    public void disconnect(PeerId peer, long link, String reason) {}

    @Override
    public void stateTransfer(ReplicaEffect.StateTransfer effect) {}

    @Override
    public @Nullable HostPort address() {
        return null;
    }

    @Override
    public Mono<Void> close() {
        return Mono.empty();
    }
}
