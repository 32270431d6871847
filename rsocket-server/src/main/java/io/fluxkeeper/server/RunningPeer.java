package io.fluxkeeper.server;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.server.config.HostPort;
import io.fluxkeeper.server.config.ServerConfig;
import io.fluxkeeper.server.loop.EffectExecutor;
import io.fluxkeeper.server.loop.JournalThread;
import io.fluxkeeper.server.loop.PeerMeters;
import io.fluxkeeper.server.loop.ReplicaExecutor;
import io.fluxkeeper.server.loop.ReplicaListener;
import io.fluxkeeper.server.loop.ReplicaLoop;
import io.fluxkeeper.server.loop.ReplicaMailbox;
import io.fluxkeeper.server.loop.StoreThread;
import io.fluxkeeper.server.loop.TreeSize;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One peer from start to stop: opens its parts in order, ties them together, and takes them apart in the opposite
 * order, orderly or as in a crash. If one part fails that a peer cannot live without, all of it stops.
 */
final class RunningPeer implements ReplicaListener {
    private static final Logger LOG = LoggerFactory.getLogger(FluxkeeperServer.class);

    private final ServerConfig config;
    private final PeerParts parts;
    private final PeerMeters meters;
    private final Runnable onHeapExhausted;

    /** How to close what is open, newest first; each says whether this is a crash. Guarded by itself. */
    private final Deque<Closing> closings = new ArrayDeque<>();
    /** Set by the first that stops, kills or fails the peer. */
    private final AtomicBoolean ending = new AtomicBoolean();
    /** Why it ends by itself. Written, before {@link #ending}, by whoever found out; null for no reason yet. */
    private volatile @Nullable RuntimeException failure;

    private final CompletableFuture<Void> serving = new CompletableFuture<>();
    private final CompletableFuture<Void> readyToStop = new CompletableFuture<>();
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();
    /** Written by the replica's thread, read by anyone. */
    private volatile PeerStatus status;
    /** Written by the starting thread before start() returns; null before. */
    private volatile @Nullable Addresses addresses;
    /** Written by the starting thread; null until the loop runs. */
    private volatile @Nullable ReplicaMailbox mailbox;

    /** Counted by the replica's thread, read by whoever reads meters. */
    private final Map<Effect.SyncMode, LongAdder> synchronisations = new EnumMap<>(Effect.SyncMode.class);

    private final LongAdder differences = new LongAdder();

    /** @param onHeapExhausted called first, perhaps by several threads, when a part fails for want of memory */
    RunningPeer(ServerConfig config, PeerParts parts, MeterRegistry registry, Runnable onHeapExhausted) {
        this.onHeapExhausted = onHeapExhausted;
        this.config = config;
        this.parts = parts;
        this.meters = new PeerMeters(registry, config.id().value());
        this.status = PeerStatus.initial(config.id(), Zxid.ZERO);
        for (Effect.SyncMode mode : Effect.SyncMode.values()) {
            synchronisations.put(mode, new LongAdder());
        }
    }

    /** Blocks until the peer listens; on a plain thread. Closes everything again if it cannot. */
    void start() throws Exception {
        try {
            open();
        } catch (Exception | Error cannot) {
            ending.set(true);
            try {
                closeAll(true).get(10, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException notClosed) {
                cannot.addSuppressed(notClosed);
            }
            terminated.complete(null);
            throw cannot;
        }
    }

    private void open() throws Exception {
        closeLater(crash -> run(meters::close));
        PeerParts.Opened opened = parts.open(config);
        closeLater(crash -> run(opened.lock()));
        status = status.with(opened.applied());
        if (!opened.note().isEmpty()) {
            LOG.warn("peer {}: {}", config.id(), opened.note());
        }

        DistributionSummary drains = meters.summary("fluxkeeper.replica.drain", "Inputs handled in one drain");
        ReplicaExecutor replicaThread = parts.replicaExecutor(config, this::failed);
        ReplicaLoop loop = new ReplicaLoop(
                opened.replica(),
                config.mailbox(),
                replicaThread,
                System::currentTimeMillis,
                drains::record,
                this::failed);
        ReplicaMailbox inputs = loop.mailbox();

        StoreThread store =
                new StoreThread(opened.store(), opened.stores(), inputs, config.store(), meters, this::failed);
        store.start();
        closeLater(crash -> crash ? store.kill() : store.stop());
        JournalThread journal = new JournalThread(
                opened.journal(),
                inputs,
                opened.committed(),
                opened.ensembleId(),
                config.journal(),
                meters,
                this::failed);
        journal.start();
        closeLater(crash -> crash ? journal.kill() : journal.stop());
        replicaThread.start();
        closeLater(crash -> {
            loop.stop();
            return replicaThread.stop();
        });

        PeerParts.Host host =
                new PeerParts.Host(config, opened, inputs, store, journal::ensembleId, meters, this::failed);
        PeerParts.Peers peers = parts.peers(host);
        closeLater(crash -> peers.close().toFuture());
        PeerParts.Clients clients = parts.clients(host);
        closeLater(crash -> clients.close().toFuture());
        addresses = new Addresses(clients.address(), clients.webSocketAddress(), peers.address());

        registerMeters(inputs, opened.treeSize());
        mailbox = inputs;
        loop.start(new EffectExecutor(peers, clients, journal, store, this));
        replicaThread.startTicks(config.timing().tickTime(), inputs::tick);
        closeLater(crash -> run(replicaThread::stopTicks));
        RuntimeException failedMeanwhile = failure;
        if (failedMeanwhile != null) {
            throw failedMeanwhile;
        }
    }

    private void registerMeters(ReplicaMailbox inputs, TreeSize tree) {
        meters.gauge(
                "fluxkeeper.role",
                "0 looking, 1 following, 2 leading",
                () -> status.role().ordinal());
        meters.gauge("fluxkeeper.serving", "1 when the peer takes requests", () -> status.serving() ? 1 : 0);
        meters.gauge("fluxkeeper.epoch", "The epoch it follows or leads", () -> status.epoch());
        meters.gauge(
                "fluxkeeper.zxid.epoch",
                "Epoch of the last transaction applied",
                () -> status.applied().epoch());
        meters.gauge(
                "fluxkeeper.zxid.counter",
                "Counter of the last transaction applied",
                () -> status.applied().counter());
        meters.gauge("fluxkeeper.znodes", "Znodes of the tree", tree::znodes);
        meters.gauge("fluxkeeper.tree.bytes", "What the tree takes of the heap, about", tree::bytes);
        meters.counter(
                "fluxkeeper.states.differ",
                "Found as leader, with no quorum that says whose is right",
                differences::sum);
        synchronisations.forEach((mode, count) -> meters.counter(
                "fluxkeeper.sync", "How often it was synchronised with a leader", count::sum, "mode", mode.name()));
        for (ReplicaMailbox.LaneName lane : ReplicaMailbox.LaneName.values()) {
            String name = lane.name().toLowerCase(Locale.ROOT);
            meters.gauge(
                    "fluxkeeper.mailbox.waiting", "Inputs waiting in a lane", () -> inputs.waiting(lane), "lane", name);
            meters.counter(
                    "fluxkeeper.mailbox.refused",
                    "Inputs refused by a full lane",
                    () -> inputs.refused(lane),
                    "lane",
                    name);
        }
    }

    /**
     * Orderly: refuses new requests, hands over, answers, closes the listeners, makes everything durable.
     *
     * @return completes when all of it is closed; the same as {@link #terminated} if it is ending already
     */
    CompletableFuture<Void> stop() {
        ReplicaMailbox inputs = mailbox;
        if (inputs == null || ending.get()) {
            end(false);
            return terminated;
        }
        LOG.info("peer {}: stopping", config.id());
        inputs.internal(new ReplicaInput.ShutDown());
        readyToStop
                .copy()
                .completeOnTimeout(null, config.shutdownTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .thenRun(() -> end(false));
        return terminated;
    }

    /** As a crash would: nothing is handed over, flushed or committed. */
    CompletableFuture<Void> kill() {
        end(true);
        return terminated;
    }

    private void failed(String part, Throwable cause) {
        if (HeapExhausted.isCauseOf(cause)) {
            onHeapExhausted.run();
        }
        failed(new PeerFailedException(part, cause));
    }

    private void failed(RuntimeException why) {
        LOG.error("peer {} stops: {}", config.id(), why.getMessage());
        LOG.debug("the cause", why.getCause());
        failure = why;
        serving.completeExceptionally(why);
        if (ending.compareAndSet(false, true)) {
            closeAll(true).whenComplete((done, ignored) -> closed());
        }
    }

    private void end(boolean crash) {
        if (ending.compareAndSet(false, true)) {
            closeAll(crash).whenComplete((done, ignored) -> closed());
        }
    }

    /** A part may have failed after the peer was asked to stop, while it closed: then it did not stop as asked. */
    private void closed() {
        RuntimeException why = failure;
        if (why == null) {
            terminated.complete(null);
        } else {
            terminated.completeExceptionally(why);
        }
    }

    /** Newest first, each after the one before it has closed; a part that cannot close does not keep the others open. */
    private CompletableFuture<Void> closeAll(boolean crash) {
        CompletableFuture<Void> closed = CompletableFuture.completedFuture(null);
        for (Closing next = nextToClose(); next != null; next = nextToClose()) {
            Closing closing = next;
            closed = closed.thenCompose(before -> closeOne(closing, crash));
        }
        return closed;
    }

    private CompletableFuture<Void> closeOne(Closing closing, boolean crash) {
        CompletableFuture<Void> closed;
        try {
            closed = closing.close(crash);
        } catch (RuntimeException broken) {
            closed = CompletableFuture.failedFuture(broken);
        }
        return closed.exceptionally(broken -> {
            LOG.warn("peer {}: something did not close: {}", config.id(), broken.toString());
            return null;
        });
    }

    private void closeLater(Closing closing) {
        synchronized (closings) {
            closings.push(closing);
        }
    }

    private @Nullable Closing nextToClose() {
        synchronized (closings) {
            return closings.poll();
        }
    }

    private static CompletableFuture<Void> run(AutoCloseable closeable) {
        try {
            closeable.close();
            return CompletableFuture.completedFuture(null);
        } catch (Exception broken) {
            return CompletableFuture.failedFuture(broken);
        }
    }

    @Override
    public void statusChanged(Effect.Status changed) {
        status = status.with(changed);
        LOG.info("peer {}: {}", config.id(), status.inWords());
        if (changed.serving()) {
            serving.complete(null);
        }
    }

    @Override
    public void synchronizedWithLeader(Effect.Synchronized how) {
        Objects.requireNonNull(synchronisations.get(how.mode())).increment();
        String from = switch (how.mode()) {
            case DIFF -> "from";
            case TRUNC -> "to";
            case SNAP -> "of";
        };
        LOG.info(
                "peer {}: synchronised with leader {} by {} {} {}, {} entries",
                config.id(),
                how.leader(),
                how.mode(),
                from,
                how.begin(),
                how.entryCount());
    }

    @Override
    public void applied(Zxid zxid) {
        status = status.with(zxid);
    }

    @Override
    public void statesDiffer(Zxid zxid, List<PeerId> peers) {
        differences.increment();
        LOG.error(
                "peer {}: at {} the state of {} differs from this leader's, and no quorum says whose is right; compare the"
                        + " trees, empty the data directory of the peer that is wrong, and please report this",
                config.id(),
                zxid,
                peers);
    }

    @Override
    public void defect(Zxid zxid, RuntimeException defect) {
        LOG.error(
                "peer {}: a defect met transaction {}; it was refused everywhere, please report this",
                config.id(),
                zxid,
                defect);
    }

    @Override
    public void readyToStop() {
        readyToStop.complete(null);
    }

    ServerConfig config() {
        return config;
    }

    PeerStatus status() {
        return status;
    }

    /** Only after {@link #start}. */
    Addresses addresses() {
        Addresses bound = addresses;
        if (bound == null) {
            throw new IllegalStateException("the peer does not listen yet");
        }
        return bound;
    }

    /** Completes when the peer first serves; fails when it fails before. */
    CompletableFuture<Void> serving() {
        return serving;
    }

    /** Completes when everything is closed; with an exception that says why when it ended by itself. */
    CompletableFuture<Void> terminated() {
        return terminated;
    }

    /**
     * @param webSocket null when it does not listen for WebSocket
     * @param peers null when there are no others
     */
    record Addresses(
            HostPort clients,
            @Nullable HostPort webSocket,
            @Nullable HostPort peers) {}

    private interface Closing {
        CompletableFuture<Void> close(boolean crash);
    }
}
