package io.fluxkeeper.server;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.server.config.ConfigKey;
import io.fluxkeeper.server.config.ConfigText;
import io.fluxkeeper.server.config.HostPort;
import io.fluxkeeper.server.config.ServerConfig;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A running peer in this process, the real thing: the same code as in a process of its own, with its data on disk.
 *
 * <pre>{@code
 * FluxkeeperServer server = FluxkeeperServer.builder().start().block();
 * HostPort clients = server.clientAddress();
 * …
 * server.stop().block();
 * }</pre>
 *
 * <p>Thread-safe. The {@code Mono}s complete on threads of the peer: do not block there.
 */
public final class FluxkeeperServer {
    private final RunningPeer peer;
    private final @Nullable TemporaryDirectory temporary;
    private final Mono<Void> terminated;

    private FluxkeeperServer(RunningPeer peer, @Nullable TemporaryDirectory temporary) {
        this.peer = peer;
        this.temporary = temporary;
        this.terminated = Mono.fromFuture(
                peer.terminated().whenComplete((done, failed) -> {
                    if (temporary != null) {
                        temporary.delete();
                    }
                }),
                true);
    }

    /** A peer of its own ensemble, with a free port and a temporary data directory, unless told otherwise. */
    public static Builder builder() {
        return new Builder();
    }

    public PeerId id() {
        return peer.config().id();
    }

    /** Where clients connect, with the port that was taken. */
    public HostPort clientAddress() {
        return peer.addresses().clients();
    }

    /** Where clients connect by WebSocket, with the port that was taken; empty when that is off. */
    public Optional<HostPort> webSocketAddress() {
        return Optional.ofNullable(peer.addresses().webSocket());
    }

    /** Where it listens for other peers; empty when it is alone in its ensemble. */
    public Optional<HostPort> peerAddress() {
        return Optional.ofNullable(peer.addresses().peers());
    }

    public Path dataDirectory() {
        return peer.config().data();
    }

    public PeerStatus status() {
        return peer.status();
    }

    /** Completes when the peer first serves, at once if it has; fails as {@link #terminated} does if it ends before. */
    public Mono<Void> ready() {
        return Mono.fromFuture(peer.serving(), true);
    }

    /**
     * Stops in order: new requests are refused with {@code SHUTTING_DOWN}, a leader hands over, files are closed clean.
     * Begins when subscribed; again and again is the same as once. Completes when all is closed.
     */
    public Mono<Void> stop() {
        return Mono.defer(() -> {
            peer.stop();
            return terminated.onErrorComplete();
        });
    }

    /**
     * Stops as a crash would: nothing is handed over, answered or committed; what was durable stays. Begins when
     * subscribed; completes when all is closed and the data directory may be opened again.
     */
    public Mono<Void> kill() {
        return Mono.defer(() -> {
            peer.kill();
            return terminated.onErrorComplete();
        });
    }

    /**
     * Completes when the peer has stopped. When it stopped by itself, fails with {@link PeerFailedException}, or with
     * {@link StartException} when other peers have told it that its data directory is of another ensemble.
     */
    public Mono<Void> terminated() {
        return terminated;
    }

    /** Collects what a peer is told; see {@link ConfigKey} for what there is. Not thread-safe. */
    public static final class Builder {
        private final ConfigText text = new ConfigText();
        private @Nullable ServerConfig config;
        private @Nullable MeterRegistry meters;
        private Supplier<PeerParts> parts = PeerAssembly::new;
        private Runnable onHeapExhausted = () -> {};

        private Builder() {}

        /** Everything at once, instead of single settings. */
        public Builder config(ServerConfig wholeConfig) {
            config = wholeConfig;
            return this;
        }

        /** One setting, in the words of the configuration file: {@code set(ConfigKey.TICK_TIME, "20ms")}. */
        public Builder set(ConfigKey<?> key, String value) {
            text.set(key, value);
            return this;
        }

        /** Where clients connect; port 0, the default here, takes a free one. */
        public Builder client(String host, int port) {
            return set(ConfigKey.CLIENT, new HostPort(host, port).toString());
        }

        /** Keeps its data there; by default in a temporary directory that goes when the peer has stopped. */
        public Builder dataDirectory(Path directory) {
            return set(ConfigKey.DATA, directory.toString());
        }

        /** Where the peer's meters are registered while it runs; by default in a registry of its own. */
        public Builder meterRegistry(MeterRegistry registry) {
            meters = registry;
            return this;
        }

        Builder parts(Supplier<PeerParts> others) {
            parts = others;
            return this;
        }

        /** The process is the caller's: by default the peer tries to stop, as when another part of it fails. */
        Builder onHeapExhausted(Runnable action) {
            onHeapExhausted = action;
            return this;
        }

        /**
         * Starts when subscribed, a new peer each time. Completes when it listens; it may serve only later, see
         * {@link FluxkeeperServer#ready}. Fails with {@link io.fluxkeeper.server.config.ConfigException} or
         * {@link StartException}. Cancelling gives up the answer; the peer, once it has started, is stopped then.
         */
        public Mono<FluxkeeperServer> start() {
            return Mono.create(sink -> {
                CompletableFuture<FluxkeeperServer> started = new CompletableFuture<>();
                started.whenComplete((server, failed) -> {
                    if (failed == null) {
                        sink.success(server);
                    } else {
                        sink.error(failed);
                    }
                });
                sink.onCancel(() -> started.thenCompose(server -> server.stop().toFuture()));
                // A thread of its own: starting blocks on disks, and a Reactor worker may be interrupted meanwhile.
                Thread starter = new Thread(() -> startInto(started), "fluxkeeper-start");
                starter.setDaemon(true);
                starter.start();
            });
        }

        private void startInto(CompletableFuture<FluxkeeperServer> started) {
            TemporaryDirectory temporary = null;
            try {
                ServerConfig whole = config;
                if (whole == null && !text.has(ConfigKey.DATA)) {
                    temporary = TemporaryDirectory.create();
                }
                if (whole == null) {
                    whole = ServerConfig.of(withDefaults(temporary));
                }
                MeterRegistry registry = meters == null ? new SimpleMeterRegistry() : meters;
                RunningPeer peer = new RunningPeer(whole, parts.get(), registry, onHeapExhausted);
                peer.start();
                started.complete(new FluxkeeperServer(peer, temporary));
            } catch (Exception | Error cannot) {
                try {
                    if (temporary != null) {
                        temporary.delete();
                    }
                } catch (RuntimeException left) {
                    cannot.addSuppressed(left);
                }
                started.completeExceptionally(cannot);
            }
        }

        private ConfigText withDefaults(@Nullable TemporaryDirectory temporary) {
            ConfigText all = new ConfigText();
            if (!text.has(ConfigKey.ENSEMBLE)) {
                all.set(ConfigKey.CLIENT, "127.0.0.1:0");
            }
            if (temporary != null) {
                all.set(ConfigKey.DATA, temporary.path().toString());
            }
            return all.overlaidBy(text);
        }
    }
}
