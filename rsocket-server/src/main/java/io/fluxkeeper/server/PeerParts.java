package io.fluxkeeper.server;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.journal.Journal;
import io.fluxkeeper.core.store.StateStore;
import io.fluxkeeper.core.store.StateStores;
import io.fluxkeeper.server.config.HostPort;
import io.fluxkeeper.server.config.ServerConfig;
import io.fluxkeeper.server.loop.ClientPort;
import io.fluxkeeper.server.loop.Mailbox;
import io.fluxkeeper.server.loop.PeerFailure;
import io.fluxkeeper.server.loop.PeerMeters;
import io.fluxkeeper.server.loop.PeerPort;
import io.fluxkeeper.server.loop.ReplicaExecutor;
import io.fluxkeeper.server.loop.ReplicaSteps;
import io.fluxkeeper.server.loop.StoreTasks;
import io.fluxkeeper.server.loop.TreeSize;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Where a running peer gets its parts: the real ones from {@link PeerAssembly}, others in tests. */
interface PeerParts {
    /** Opens the data directory and recovers. Blocks; called on a plain thread that nobody interrupts. */
    Opened open(ServerConfig config) throws Exception;

    /** Where its replica will run. */
    ReplicaExecutor replicaExecutor(ServerConfig config, PeerFailure failure);

    /** Listens for other peers and dials them. Blocks until it listens; called after {@link #open}. */
    Peers peers(Host host) throws Exception;

    /** Listens for clients. Blocks until it listens; called last. */
    Clients clients(Host host) throws Exception;

    /**
     * What was found on disk, opened.
     *
     * @param committed the last transaction known committed
     * @param applied the last transaction that the state has applied
     * @param ensembleId 0 when this peer does not know it yet
     * @param incarnation of this process, higher than that of any process of this peer before
     * @param note in words, what recovery found that an operator should know; empty for nothing
     * @param lock closed last: releases the data directory
     */
    record Opened(
            ReplicaSteps replica,
            TreeSize treeSize,
            Journal journal,
            StateStore store,
            StateStores stores,
            Zxid committed,
            Zxid applied,
            long ensembleId,
            long incarnation,
            String note,
            AutoCloseable lock) {}

    /**
     * What the ports need of their host.
     *
     * @param ensembleId as far as this peer knows it just now; 0 before
     * @param misplaced told, on any thread, what only other peers could say: why this one cannot run here
     */
    record Host(
            ServerConfig config,
            Opened opened,
            Mailbox mailbox,
            StoreTasks store,
            LongSupplier ensembleId,
            PeerMeters meters,
            Consumer<StartException> misplaced) {}

    /** The way to other peers, with its listener. */
    interface Peers extends PeerPort {
        /** Where it listens, with the port that was taken; null when there are no other peers. */
        @Nullable HostPort address();

        /** Closes the listener and all links. */
        Mono<Void> close();
    }

    /** The way to clients, with its listeners. */
    interface Clients extends ClientPort {
        HostPort address();

        /** Null where nothing listens for WebSocket. */
        @Nullable HostPort webSocketAddress();

        /** Closes the listeners and all connections, after what was written has left. */
        Mono<Void> close();
    }
}
