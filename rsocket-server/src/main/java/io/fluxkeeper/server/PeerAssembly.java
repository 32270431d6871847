package io.fluxkeeper.server;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Algorithm;
import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.PeerMessageCodec;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.consensus.paxos.MultiPaxos;
import io.fluxkeeper.core.consensus.paxos.PaxosCodec;
import io.fluxkeeper.core.consensus.paxos.PaxosLimits;
import io.fluxkeeper.core.consensus.paxos.PaxosTiming;
import io.fluxkeeper.core.consensus.zab.Zab;
import io.fluxkeeper.core.consensus.zab.ZabCodec;
import io.fluxkeeper.core.consensus.zab.ZabLimits;
import io.fluxkeeper.core.consensus.zab.ZabTiming;
import io.fluxkeeper.core.journal.DataDirectoryException;
import io.fluxkeeper.core.journal.DiskFiles;
import io.fluxkeeper.core.journal.JournalSettings;
import io.fluxkeeper.core.replica.PeerFrameCodec;
import io.fluxkeeper.core.replica.PeerRecovery;
import io.fluxkeeper.core.replica.Replica;
import io.fluxkeeper.core.replica.ReplicaConfig;
import io.fluxkeeper.core.replica.ReplicaMessageCodec;
import io.fluxkeeper.core.replica.StateMachine;
import io.fluxkeeper.core.session.EnsembleSettings;
import io.fluxkeeper.core.store.MvStateStores;
import io.fluxkeeper.server.client.ClientLimits;
import io.fluxkeeper.server.client.ClientListener;
import io.fluxkeeper.server.client.RSocketClientPort;
import io.fluxkeeper.server.config.EnsembleTiming;
import io.fluxkeeper.server.config.HostPort;
import io.fluxkeeper.server.config.ServerConfig;
import io.fluxkeeper.server.loop.PeerFailure;
import io.fluxkeeper.server.loop.ReplicaExecutor;
import io.fluxkeeper.server.loop.ReplicaSteps;
import io.fluxkeeper.server.loop.ReplicaThread;
import io.fluxkeeper.server.loop.SharedThread;
import io.fluxkeeper.server.loop.TreeSize;
import io.fluxkeeper.server.peer.ForeignPeers;
import io.fluxkeeper.server.peer.PeerLinks;
import io.fluxkeeper.server.peer.PeerLinksConfig;
import io.fluxkeeper.server.rehearsal.Rehearsal;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.ChannelBindException;
import reactor.netty.resources.LoopResources;

/** Puts the real parts of a peer together: the one place that knows which implementations there are. */
final class PeerAssembly implements PeerParts {
    private static final Logger LOG = LoggerFactory.getLogger(PeerAssembly.class);

    private static final int INCARNATION_CHANCE_BITS = 20;
    /** Up to so many, a thread of its own costs the replica more in switches than it gains. */
    private static final int FEW_PROCESSORS = 2;

    private static final Duration LISTEN_TIME = Duration.ofSeconds(30);

    /** Of both ports; disposed of when the data directory is released, which is last. */
    private final LoopResources loops = LoopResources.create("fluxkeeper-io", eventLoops(), true);

    @Override
    public Opened open(ServerConfig config) throws IOException {
        PeerRecovery.Recovered recovered = recover(config);
        Ensemble ensemble = new Ensemble(config.id(), config.ensemble().keySet());
        long incarnation = incarnation();
        ReplicaConfig replicaConfig = new ReplicaConfig(
                ensemble, incarnation, (int) config.timing().tickTime().toMillis(), config.replica(), Flags.version());
        Replica replica = new Replica(
                replicaConfig,
                broadcast(config, ensemble, config.found(), recovered.log()),
                recovered.state(),
                recovered.lastBatch());
        TreeSize treeSize = new TreeSize();
        return new Opened(
                ReplicaSteps.of(replica, treeSize),
                treeSize,
                recovered.journal(),
                recovered.store(),
                recovered.stores(),
                recovered.log().committed(),
                recovered.log().applied(),
                recovered.log().ensembleId(),
                incarnation,
                recovered.log().note(),
                () -> {
                    loops.disposeLater(Duration.ZERO, Duration.ofSeconds(1)).subscribe();
                    recovered.lock().close();
                });
    }

    /** By clock and chance, not by anything on disk: a wiped disk must not bring an incarnation back. */
    private static long incarnation() {
        return System.currentTimeMillis() << INCARNATION_CHANCE_BITS
                | new SecureRandom().nextInt(1 << INCARNATION_CHANCE_BITS);
    }

    private static PeerRecovery.Recovered recover(ServerConfig config) throws IOException {
        try {
            DiskFiles files = new DiskFiles(config.data());
            PeerRecovery.Options options = new PeerRecovery.Options(
                    config.id(),
                    config.consensus(),
                    EnsembleSettings.DEFAULT,
                    config.isAlone(),
                    config.acceptLoss(),
                    JournalSettings.DEFAULT);
            return PeerRecovery.start(files, new MvStateStores(files, config.id()), options);
        } catch (DataDirectoryException refused) {
            throw new StartException(String.valueOf(refused.getMessage()), refused);
        } catch (FileSystemException refused) {
            throw new StartException(
                    "the data directory " + config.data() + " cannot be used: " + reason(refused) + " ("
                            + refused.getFile() + ")",
                    refused);
        }
    }

    /** In the system's words; for some failures the exception's class is all there is. */
    private static String reason(FileSystemException refused) {
        if (refused instanceof FileAlreadyExistsException) {
            return "it is not a directory";
        }
        if (refused instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (refused instanceof NoSuchFileException) {
            return "no such file or directory";
        }
        return refused.getReason() == null ? refused.toString() : refused.getReason();
    }

    /**
     * Plays a fail-over of the configured algorithm in memory ({@link Rehearsal}), so that this process knows the way
     * when a real one comes; for a peer without others there is none. Blocks for about a second.
     */
    static void rehearse(ServerConfig config) {
        if (config.isAlone()) {
            return;
        }
        try {
            new Rehearsal(
                            ensemble -> broadcast(config, ensemble, ensemble.peers(), RecoveredLog.EMPTY),
                            frames(config.consensus()))
                    .play();
        } catch (RuntimeException stuck) {
            LOG.warn(
                    "the rehearsal of a fail-over got stuck, which changes nothing for this peer: {}",
                    stuck.toString());
        }
    }

    private static AtomicBroadcast broadcast(
            ServerConfig config, Ensemble ensemble, SortedSet<PeerId> founders, RecoveredLog log) {
        SecureRandom random = new SecureRandom();
        long freshEnsembleId = random.nextLong() >>> 1 | 1; // positive
        if (config.consensus() == Algorithm.MULTI_PAXOS) {
            PaxosLimits limits = PaxosLimits.DEFAULT.withHistory(
                    config.historyEntriesKept(), HistoryShare.bytesKept(), HistoryShare.bytesPinnedMax());
            RandomGenerator waits = new SplittableRandom(random.nextLong()); // a SecureRandom may block
            return new MultiPaxos(ensemble, paxosTiming(config), log, limits, founders, freshEnsembleId, waits);
        }
        ZabLimits limits = ZabLimits.DEFAULT.withHistory(
                config.historyEntriesKept(), HistoryShare.bytesKept(), HistoryShare.bytesPinnedMax());
        return new Zab(ensemble, zabTiming(config), log, limits, founders, freshEnsembleId);
    }

    private static ZabTiming zabTiming(ServerConfig config) {
        EnsembleTiming timing = config.timing();
        ZabTiming defaults = ZabTiming.DEFAULT;
        return new ZabTiming(
                timing.pingTicks(),
                defaults.resendTicks(),
                defaults.finalizeTicks(),
                timing.syncTicks(),
                timing.initTicks(),
                timing.diskStallTicks(),
                Math.max(defaults.stateTransferTicksMax(), timing.initTicks()),
                Math.min(defaults.handOverTicksMax(), timing.ticksOf(config.shutdownTimeout())));
    }

    private static PaxosTiming paxosTiming(ServerConfig config) {
        EnsembleTiming timing = config.timing();
        PaxosTiming defaults = PaxosTiming.DEFAULT;
        return new PaxosTiming(
                timing.pingTicks(),
                defaults.electionTicks(),
                timing.syncTicks(),
                timing.initTicks(),
                timing.diskStallTicks(),
                Math.max(defaults.stateTransferTicksMax(), timing.initTicks()),
                Math.min(defaults.handOverTicksMax(), timing.ticksOf(config.shutdownTimeout())));
    }

    private static PeerFrameCodec frames(Algorithm consensus) {
        PeerMessageCodec codec = switch (consensus) {
            case ZAB -> new ZabCodec();
            case MULTI_PAXOS -> new PaxosCodec();
        };
        return new PeerFrameCodec(List.of(codec, new ReplicaMessageCodec()));
    }

    @Override
    public ReplicaExecutor replicaExecutor(ServerConfig config, PeerFailure failure) {
        boolean shared = switch (config.replicaThread()) {
            case OWN -> false;
            case SHARED -> true;
            case AUTO -> Runtime.getRuntime().availableProcessors() <= FEW_PROCESSORS;
        };
        return shared
                ? new SharedThread(loops.onServer(LoopResources.DEFAULT_NATIVE).next())
                : new ReplicaThread(failure);
    }

    /** The replica, journal and store threads, and the compiler, want cores too. */
    private static int eventLoops() {
        return Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }

    @Override
    public Peers peers(Host host) {
        ServerConfig config = host.config();
        if (config.isAlone()) {
            return new NoPeers();
        }
        SortedMap<PeerId, InetSocketAddress> addresses = new TreeMap<>();
        config.ensemble()
                .forEach((id, address) -> addresses.put(id, address.forPeers().unresolved()));
        HostPort own =
                Objects.requireNonNull(config.ensemble().get(config.id())).forPeers();
        PeerLinksConfig linksConfig = new PeerLinksConfig(
                new Ensemble(config.id(), config.ensemble().keySet()),
                host.opened().incarnation(),
                config.consensus().toString(),
                own.socketAddress(),
                addresses,
                PeerLinksConfig.Timing.DEFAULT,
                PeerLinksConfig.Bounds.DEFAULT.withRequests(clientLimits(config)
                        .unansweredBytesMaxOf(config.replica().pendingWritesMax())));
        ForeignPeers foreign = new ForeignPeers(
                linksConfig.ensemble(),
                host.ensembleId(),
                why -> host.misplaced().accept(new StartException("The data directory " + config.data() + " " + why)));
        PeerLinks links = new PeerLinks(
                linksConfig,
                foreign,
                frames(config.consensus()),
                host.mailbox(),
                host.store(),
                StateMachine::loader,
                loops,
                host.meters());
        InetSocketAddress bound = listen(List.of(new Port("peers", own)), links.start());
        return new LinkedPeers(links, new HostPort(own.host(), bound.getPort()));
    }

    @Override
    public Clients clients(Host host) {
        ServerConfig config = host.config();
        RSocketClientPort port = new RSocketClientPort();
        ClientListener listener = new ClientListener(host.mailbox(), port, clientLimits(config), host.meters(), loops);
        HostPort webSocket = config.webSocket();
        List<Port> ports = new ArrayList<>(List.of(new Port("clients", config.clients())));
        if (webSocket != null) {
            ports.add(new Port("clients by WebSocket", webSocket));
        }
        ClientListener.Listening listening = listen(
                ports,
                listener.start(config.clients().socketAddress(), webSocket == null ? null : webSocket.socketAddress()));
        InetSocketAddress webSocketBound = listening.webSocketAddress();
        return new ListeningClients(
                port,
                listening,
                new HostPort(config.clients().host(), listening.tcpAddress().getPort()),
                webSocketBound == null ? null : new HostPort(config.clients().host(), webSocketBound.getPort()));
    }

    private static ClientLimits clientLimits(ServerConfig config) {
        return ClientLimits.DEFAULT.withRequestBytesMax(config.requestBytesMax());
    }

    /** @param who whoever is to connect there */
    private record Port(String who, HostPort address) {}

    /** Waits for a listener on one or several ports; says where and why it cannot listen. */
    private static <T> T listen(List<Port> ports, Mono<T> start) {
        try {
            return Objects.requireNonNull(start.block(LISTEN_TIME), "a listener that listens");
        } catch (RuntimeException cannot) {
            Throwable cause = cannot;
            Port port = ports.get(0);
            while (cause.getCause() != null && !(cause instanceof BindException)) {
                if (cause instanceof ChannelBindException notBound) {
                    port = withNumber(notBound.localPort(), ports);
                }
                cause = cause.getCause();
            }
            throw new StartException(
                    "cannot listen for " + port.who() + " at " + port.address() + ": " + reason(cause), cannot);
        }
    }

    private static Port withNumber(int number, List<Port> ports) {
        return ports.stream()
                .filter(port -> port.address().port() == number)
                .findFirst()
                .orElse(ports.get(0));
    }

    /** What the system said, behind what the transport put before it ({@code bind(..) failed with error(-98): …}). */
    private static String reason(Throwable cause) {
        if (cause instanceof UnresolvedAddressException) {
            return "this name is not known here";
        }
        String message = cause.getMessage();
        return message == null
                ? cause.toString()
                : message.substring(message.lastIndexOf(": ") + 1).strip();
    }
}
