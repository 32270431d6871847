package io.fluxkeeper.server;

import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.replica.ReplyHandle;
import io.fluxkeeper.server.client.ClientListener;
import io.fluxkeeper.server.client.RSocketClientPort;
import io.fluxkeeper.server.config.HostPort;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The client API over RSocket, as a part of a running peer. */
record ListeningClients(
        RSocketClientPort port,
        ClientListener.Listening listening,
        HostPort address,
        @Nullable HostPort webSocketAddress)
        implements PeerParts.Clients {
    @Override
    public void reply(ReplyHandle handle, ServerReply reply) {
        port.reply(handle, reply);
    }

    @Override
    public void emit(long subscription, List<WatchItem> items) {
        port.emit(subscription, items);
    }

    @Override
    public void end(long subscription, ServerReply.Refused why) {
        port.end(subscription, why);
    }

    @Override
    public void close(long connection, String reason) {
        port.close(connection, reason);
    }

    @Override
    public void endOfDrain() {
        port.endOfDrain();
    }

    @Override
    public Mono<Void> close() {
        return listening.stop("the server stops");
    }
}
