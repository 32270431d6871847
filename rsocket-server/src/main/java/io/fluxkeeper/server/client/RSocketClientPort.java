package io.fluxkeeper.server.client;

import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.replica.ReplyHandle;
import io.fluxkeeper.server.loop.ClientPort;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The replica's way out to clients. Its methods of {@link ClientPort} run on the replica thread and only gather;
 * {@link #endOfDrain} hands over. Event loops register their connections and watches here.
 */
public final class RSocketClientPort implements ClientPort {
    private final ConcurrentHashMap<Long, ClientConnection> connections = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Long, WatchStream> watches = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<EventLoop, Outbox> outboxes = new ConcurrentHashMap<>();

    /** Those with something in them; on the replica thread only. */
    private final List<Outbox> filled = new ArrayList<>();

    @Override
    public void reply(ReplyHandle handle, ServerReply reply) {
        PendingReply pending = (PendingReply) handle;
        pending.answer(reply instanceof ServerReply.Status status ? withConnections(status) : reply);
        gather(pending.connection.outbox(), pending);
    }

    /** The replica knows sessions; how many connections there are is known here. */
    private ServerReply.Status withConnections(ServerReply.Status status) {
        return new ServerReply.Status(
                status.zxid(),
                status.peer(),
                status.role(),
                status.epoch(),
                status.leader(),
                status.serving(),
                status.lastLogged(),
                status.sessions(),
                connections.size(),
                status.watches(),
                status.znodes(),
                status.version(),
                status.note());
    }

    @Override
    public void emit(long subscription, List<WatchItem> items) {
        WatchStream watch = watches.get(subscription);
        if (watch != null) { // else it was cancelled, and the replica will read so
            long bytes = WatchStream.bytesOf(items);
            watch.connection.emitted(bytes);
            gather(watch.connection.outbox(), () -> watch.emit(items, bytes));
        }
    }

    @Override
    public void end(long subscription, ServerReply.Refused why) {
        WatchStream watch = watches.get(subscription);
        if (watch != null) {
            gather(watch.connection.outbox(), () -> watch.end(why));
        }
    }

    @Override
    public void close(long connection, String reason) {
        ClientConnection toClose = connections.get(connection);
        if (toClose != null) {
            gather(toClose.outbox(), () -> toClose.close(reason));
        }
    }

    @Override
    public void endOfDrain() {
        filled.forEach(Outbox::handOver);
        filled.clear();
    }

    private void gather(Outbox outbox, Runnable output) {
        if (outbox.gather(output)) {
            filled.add(outbox);
        }
    }

    Outbox outboxOf(EventLoop loop) {
        return outboxes.computeIfAbsent(loop, Outbox::new);
    }

    void add(ClientConnection connection) {
        connections.put(connection.number(), connection);
    }

    void remove(ClientConnection connection) {
        connections.remove(connection.number());
    }

    void add(WatchStream watch) {
        watches.put(watch.number, watch);
    }

    /** @return whether it was there */
    boolean remove(WatchStream watch) {
        return watches.remove(watch.number) != null;
    }

    int subscriptions() {
        return watches.size();
    }

    /** Connections that finished their SETUP. */
    Iterable<ClientConnection> connections() {
        return connections.values();
    }
}
