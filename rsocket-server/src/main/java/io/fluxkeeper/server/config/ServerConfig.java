package io.fluxkeeper.server.config;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Algorithm;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.replica.ReplicaConfig;
import io.fluxkeeper.server.loop.JournalThread;
import io.fluxkeeper.server.loop.MailboxBounds;
import io.fluxkeeper.server.loop.StoreThread;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one peer is told when it starts.
 *
 * @param id which of the ensemble's peers it is
 * @param ensemble all of them, this one included
 * @param clients where this peer listens for clients
 * @param webSocket where it listens for clients that come by WebSocket; null for nowhere
 * @param data its data directory, of no other process
 * @param consensus the algorithm of the ensemble, the same at all peers and for good
 * @param acceptLoss whether the peer may go on though its journal has lost acknowledged writes
 * @param found the peers that found the ensemble, a quorum at least; once it is founded they are of no use
 * @param shutdownTimeout how long a peer that is to stop may take to hand over
 * @param requestBytesMax bytes of one client's request
 * @param historyEntriesKept entries kept in memory for followers that come back, after the state store has them
 */
public record ServerConfig(
        PeerId id,
        SortedMap<PeerId, PeerAddress> ensemble,
        HostPort clients,
        @Nullable HostPort webSocket,
        Path data,
        Algorithm consensus,
        boolean acceptLoss,
        SortedSet<PeerId> found,
        Duration shutdownTimeout,
        EnsembleTiming timing,
        MailboxBounds mailbox,
        ReplicaThreading replicaThread,
        ReplicaConfig.Bounds replica,
        int requestBytesMax,
        JournalThread.Settings journal,
        StoreThread.Settings store,
        int historyEntriesKept) {
    /** Where a peer without an ensemble serves clients. */
    public static final HostPort DEFAULT_CLIENTS = new HostPort("127.0.0.1", 7400);

    public ServerConfig {
        ensemble = Collections.unmodifiableSortedMap(new TreeMap<>(ensemble));
        found = Collections.unmodifiableSortedSet(new TreeSet<>(found));
        if (!ensemble.containsKey(id)) {
            throw new ConfigException("id: \"" + id + "\" is not allowed; allowed is an id of the ensemble, "
                    + "one of " + ensemble.keySet());
        }
        requireFounders(id, ensemble, found);
        requireDistinctAddresses(ensemble);
    }

    /** @throws ConfigException naming the key and what is allowed */
    public static ServerConfig of(ConfigText text) {
        EnsembleTiming timing = new EnsembleTiming(
                text.get(ConfigKey.TICK_TIME),
                text.get(ConfigKey.PING_TICKS),
                text.get(ConfigKey.SYNC_TICKS),
                text.get(ConfigKey.INIT_TICKS),
                text.get(ConfigKey.DISK_STALL_TICKS));
        SortedMap<PeerId, PeerAddress> ensemble = text.find(ConfigKey.ENSEMBLE).orElseGet(TreeMap::new);
        if (!ensemble.isEmpty() && !text.has(ConfigKey.ID)) {
            throw new ConfigException(
                    "id: is missing; with an ensemble it says which of its peers this is, one of " + ensemble.keySet());
        }
        PeerId id = text.find(ConfigKey.ID).orElseGet(() -> new PeerId(1));
        if (ensemble.isEmpty()) {
            ensemble.put(id, new PeerAddress(DEFAULT_CLIENTS.host(), 0, DEFAULT_CLIENTS.port()));
        }
        PeerAddress own = ensemble.get(id);
        HostPort clients =
                text.find(ConfigKey.CLIENT).orElseGet(() -> own == null ? DEFAULT_CLIENTS : own.forClients());
        int webSocketPort = text.get(ConfigKey.WEBSOCKET_PORT);
        return new ServerConfig(
                id,
                ensemble,
                clients,
                webSocketPort < 0 ? null : new HostPort(clients.host(), webSocketPort),
                text.get(ConfigKey.DATA),
                text.get(ConfigKey.CONSENSUS),
                text.get(ConfigKey.ACCEPT_LOSS),
                text.find(ConfigKey.FOUND).orElseGet(() -> new TreeSet<>(ensemble.keySet())),
                text.get(ConfigKey.SHUTDOWN_TIMEOUT),
                timing,
                mailbox(text),
                text.get(ConfigKey.REPLICA_THREAD),
                replica(text, timing),
                text.get(ConfigKey.REQUEST_BYTES_MAX),
                journal(text),
                store(text),
                text.get(ConfigKey.HISTORY_ENTRIES_KEPT));
    }

    private static MailboxBounds mailbox(ConfigText text) {
        return new MailboxBounds(
                text.get(ConfigKey.LIVE_INPUTS_MAX),
                text.get(ConfigKey.CLIENT_INPUTS_MAX),
                text.get(ConfigKey.DRAIN_INPUTS_MAX),
                text.get(ConfigKey.LANE_QUOTA));
    }

    private static ReplicaConfig.Bounds replica(ConfigText text, EnsembleTiming timing) {
        return new ReplicaConfig.Bounds(
                text.get(ConfigKey.PENDING_WRITES_MAX),
                text.get(ConfigKey.WAITING_READS_MAX),
                timing.ticksOf(text.get(ConfigKey.READ_WAIT)),
                text.get(ConfigKey.SUBSCRIPTIONS_MAX),
                text.get(ConfigKey.CHANGE_LOG_MEMORY),
                text.get(ConfigKey.SLICE_MAX),
                timing.ticksOf(text.get(ConfigKey.BOOKMARK_INTERVAL)),
                stallTicks(text.get(ConfigKey.SUBSCRIBER_STALL_TIME), timing),
                Math.toIntExact(text.get(ConfigKey.REPLY_BYTES_MAX)),
                text.get(ConfigKey.TREE_BYTES_MAX));
    }

    /** 0 stays 0, which is for ever; any other time is a tick at least. */
    private static int stallTicks(Duration time, EnsembleTiming timing) {
        return time.isZero() ? 0 : timing.ticksOf(time);
    }

    private static JournalThread.Settings journal(ConfigText text) {
        return new JournalThread.Settings(
                text.get(ConfigKey.IDLE_AFTER),
                text.get(ConfigKey.SPACE_CHECK_INTERVAL),
                text.get(ConfigKey.FREE_BYTES_MIN));
    }

    private static StoreThread.Settings store(ConfigText text) {
        return new StoreThread.Settings(
                text.get(ConfigKey.COMMIT_BYTES),
                text.get(ConfigKey.COMMIT_INTERVAL),
                text.get(ConfigKey.CHANGES_MAX),
                StoreThread.Settings.DEFAULT.bytesMax());
    }

    private static void requireFounders(PeerId id, SortedMap<PeerId, PeerAddress> ensemble, SortedSet<PeerId> found) {
        Ensemble peers = new Ensemble(id, ensemble.keySet());
        if (!ensemble.keySet().containsAll(found) || !peers.isQuorum(found)) {
            throw new ConfigException("found: \"" + found + "\" is not allowed; allowed is ids of the ensemble, "
                    + "at least " + peers.quorumSize() + " of " + ensemble.keySet());
        }
    }

    /** Ports of 0 are not compared: each takes a free one. */
    private static void requireDistinctAddresses(SortedMap<PeerId, PeerAddress> ensemble) {
        TreeMap<String, PeerId> users = new TreeMap<>();
        ensemble.forEach((id, address) -> {
            for (HostPort used : new HostPort[] {address.forPeers(), address.forClients()}) {
                PeerId other = used.port() == 0 ? null : users.put(used.toString(), id);
                if (other != null) {
                    throw new ConfigException("ensemble: " + used + " is used twice, by peer " + other + " and by peer "
                            + id + "; allowed is an address of its own for each port");
                }
            }
        });
    }

    /** Whether there are other peers to talk to. */
    public boolean isAlone() {
        return ensemble.size() == 1;
    }
}
