package io.fluxkeeper.server.peer;

import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.rsocket.core.RSocketConnector;
import io.rsocket.transport.netty.client.TcpClientTransport;
import io.rsocket.util.DefaultPayload;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpClient;

/**
 * Dials one peer with a smaller id, again and again, for as long as this process runs. One event loop does it all: its
 * timers, its attempts and their links.
 */
final class PeerDialer {
    private static final Logger log = LoggerFactory.getLogger(PeerDialer.class);

    private final PeerLinksConfig config;
    private final ForeignPeers foreign;
    private final PeerSlot slot;
    private final PeerLink.Shared shared;
    private final EventLoop loop;
    private final TcpClient client;
    private final SplittableRandom jitter = new SplittableRandom();

    // The loop's own.
    private long pauseMillis;
    private @Nullable String lastTrouble;
    private @Nullable PeerLink link;
    private @Nullable Disposable connecting;
    private @Nullable Future<?> deadline;
    private @Nullable Future<?> retry;
    private boolean refusedByHost;
    private boolean stopped;

    PeerDialer(
            PeerLinksConfig config, ForeignPeers foreign, PeerSlot slot, PeerLink.Shared shared, LoopResources loops) {
        this.config = config;
        this.foreign = foreign;
        this.slot = slot;
        this.shared = shared;
        this.loop = loops.onClient(LoopResources.DEFAULT_NATIVE).next();
        InetSocketAddress address = Objects.requireNonNull(config.addresses().get(slot.peer()));
        this.client = TcpClient.newConnection()
                .runOn(new OneLoop(loops, loop))
                .resolver(names -> names.runOn(loops))
                .remoteAddress(() -> address)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        config.timing().connectTimeout().toMillis());
    }

    void start() {
        loop.execute(this::attempt);
    }

    /** Closes the link and never dials again. */
    void stop() {
        loop.execute(() -> {
            stopped = true;
            if (retry != null) {
                retry.cancel(false);
            }
            if (link != null) {
                link.close("this peer stops");
            }
        });
    }

    private void attempt() {
        slot.metrics().dialled();
        refusedByHost = false;
        PeerLink next = new PeerLink(shared, slot, loop, 0, this::closed);
        link = next;
        long millis = config.timing().connectTimeout().toMillis();
        deadline = loop.schedule(() -> closeUnlessOpen(next, millis), millis, TimeUnit.MILLISECONDS);
        connecting = RSocketConnector.create()
                .setupPayload(Mono.fromSupplier(
                        () -> DefaultPayload.create(introduction().toBytes())))
                .dataMimeType("application/vnd.fluxkeeper.peer")
                .keepAlive(config.timing().keepAliveInterval(), config.timing().keepAliveMaxLifetime())
                .maxInboundPayloadSize(PeerLink.TRANSPORT_FRAME_MAX)
                .acceptor((setup, requester) -> Mono.just(next.responder(true)))
                .connect(TcpClientTransport.create(client, PeerLink.TRANSPORT_FRAME_MAX))
                .subscribe(rsocket -> next.onLoop(() -> next.dial(rsocket)), error -> failed(next, error));
    }

    private Introduction introduction() {
        return new Introduction(
                config.self().value(),
                slot.peer().value(),
                foreign.ensembleId(),
                config.consensus(),
                config.incarnation());
    }

    private void failed(PeerLink attempted, Throwable error) {
        attempted.onLoop(() -> {
            refusedByHost = error instanceof ConnectException;
            attempted.close(PeerLink.reasonOf(error));
        });
    }

    private void closeUnlessOpen(PeerLink attempted, long millis) {
        if (!attempted.isOpen()) {
            attempted.close("no link within " + millis + " ms");
        }
    }

    /** The attempt failed, or the link it had made is down. */
    private void closed(String reason) {
        boolean wasUp = link != null && link.number() != 0;
        link = null;
        if (connecting != null) {
            connecting.dispose();
        }
        if (deadline != null) {
            deadline.cancel(false);
        }
        if (stopped) {
            return;
        }
        if (wasUp) {
            lastTrouble = null;
            pauseMillis = 0;
        } else if (!reason.equals(lastTrouble)) {
            lastTrouble = reason;
            log.warn("no link with peer {} yet: {}", slot.peer(), reason);
        }
        long itsEnsembleId = Introduction.ensembleOfRefusing(reason);
        if (itsEnsembleId != 0) {
            foreign.heard(slot.peer(), itsEnsembleId);
        }
        retry = loop.schedule(this::attempt, nextPauseMillis(), TimeUnit.MILLISECONDS);
    }

    /** Doubles from attempt to attempt; half of it is random, so that peers that lost each other do not move in step. */
    private long nextPauseMillis() {
        PeerLinksConfig.Timing timing = config.timing();
        long max = (refusedByHost ? timing.refusedRetryMax() : timing.retryMax()).toMillis();
        pauseMillis = Math.min(max, Math.max(timing.retryMin().toMillis(), 2 * pauseMillis));
        return pauseMillis / 2 + jitter.nextLong(pauseMillis / 2 + 1);
    }
}
