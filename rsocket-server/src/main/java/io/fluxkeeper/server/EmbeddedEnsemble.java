package io.fluxkeeper.server;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Role;
import io.fluxkeeper.server.config.ConfigKey;
import io.fluxkeeper.server.config.HostPort;
import io.fluxkeeper.server.config.PeerAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * An ensemble in this process, for an application's tests: real peers on free ports of 127.0.0.1, with their data in
 * temporary directories that outlive a peer's stop and go with the ensemble.
 *
 * <pre>{@code
 * EmbeddedEnsemble ensemble = EmbeddedEnsemble.start(3).block();
 * ensemble.ready().block();
 * … ensemble.addresses() … ensemble.kill(ensemble.leader().get()).block() …
 * ensemble.close().block();
 * }</pre>
 */
public final class EmbeddedEnsemble {
    private static final int START_TRIES = 5;

    private final SortedMap<PeerId, PeerAddress> members;
    private final List<Integer> ports;
    private final TemporaryDirectory directory;
    private final Consumer<FluxkeeperServer.Builder> settings;
    /** Peers that run. Changed when a start or stop completes, on whichever thread that is; read by anyone. */
    private final ConcurrentSkipListMap<PeerId, FluxkeeperServer> running = new ConcurrentSkipListMap<>();

    private EmbeddedEnsemble(int count, Consumer<FluxkeeperServer.Builder> settings) throws IOException {
        this.settings = settings;
        directory = TemporaryDirectory.create();
        ports = FreePorts.take(2 * count);
        members = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            members.put(new PeerId(i + 1), new PeerAddress("127.0.0.1", ports.get(2 * i), ports.get(2 * i + 1)));
        }
    }

    /** Starts so many peers when subscribed. Completes when all listen; {@link #ready} says when they serve. */
    public static Mono<EmbeddedEnsemble> start(int count) {
        return start(count, builder -> {});
    }

    /**
     * As {@link #start(int)}.
     *
     * @param settings called with the builder of each peer that is about to start, also again; it must not change where
     *     the peer listens
     */
    public static Mono<EmbeddedEnsemble> start(int count, Consumer<FluxkeeperServer.Builder> settings) {
        return Mono.defer(() -> {
                    try {
                        EmbeddedEnsemble ensemble = new EmbeddedEnsemble(count, settings);
                        return ensemble.startAll();
                    } catch (IOException cannot) {
                        return Mono.error(new StartException("no embedded ensemble: " + cannot.getMessage(), cannot));
                    }
                })
                .retryWhen(Retry.max(START_TRIES - 1)
                        .filter(StartException.class::isInstance) // another process was faster to take a port
                        .onRetryExhaustedThrow((spec, signal) -> signal.failure()));
    }

    private Mono<EmbeddedEnsemble> startAll() {
        return Flux.fromIterable(members.keySet())
                .flatMap(this::start)
                .then(Mono.just(this))
                .onErrorResume(cannot -> close().onErrorComplete().then(Mono.error(cannot)));
    }

    /** Starts a peer that is stopped, with the data it had. Completes when it listens. */
    public Mono<FluxkeeperServer> start(PeerId peer) {
        return Mono.defer(() -> {
            PeerAddress address = members.get(peer);
            if (address == null) {
                return Mono.error(new IllegalArgumentException("no peer " + peer + " among " + members.keySet()));
            }
            if (running.containsKey(peer)) {
                return Mono.error(new IllegalStateException("peer " + peer + " runs"));
            }
            FluxkeeperServer.Builder builder = FluxkeeperServer.builder()
                    .set(ConfigKey.ID, peer.toString())
                    .set(ConfigKey.ENSEMBLE, ensembleText())
                    .client(address.host(), address.clientPort())
                    .dataDirectory(dataDirectory(peer));
            settings.accept(builder);
            return builder.start().doOnNext(server -> running.put(peer, server));
        });
    }

    /** Stops the peer in order; nothing happens when it does not run. */
    public Mono<Void> stop(PeerId peer) {
        return Mono.defer(() -> end(running.remove(peer), false));
    }

    /** Stops the peer as a crash would; nothing happens when it does not run. */
    public Mono<Void> kill(PeerId peer) {
        return Mono.defer(() -> end(running.remove(peer), true));
    }

    /** Stops the peer in order, if it runs, and starts it again with the data it had. */
    public Mono<FluxkeeperServer> restart(PeerId peer) {
        return stop(peer).then(start(peer));
    }

    private static Mono<Void> end(@Nullable FluxkeeperServer server, boolean crash) {
        if (server == null) {
            return Mono.empty();
        }
        return crash ? server.kill() : server.stop();
    }

    /** Stops all peers and deletes their data. */
    public Mono<Void> close() {
        return Flux.fromIterable(members.keySet()).flatMap(this::kill).then(Mono.fromRunnable(() -> {
            FreePorts.giveBack(ports);
            directory.delete();
        }));
    }

    /** Completes when all peers that run now serve. */
    public Mono<Void> ready() {
        return Flux.defer(() -> Flux.fromIterable(List.copyOf(running.values())))
                .flatMap(FluxkeeperServer::ready)
                .then();
    }

    /** Where clients reach the peers, running or not, in id order. */
    public List<HostPort> addresses() {
        List<HostPort> addresses = new ArrayList<>();
        members.values().forEach(address -> addresses.add(address.forClients()));
        return addresses;
    }

    /** The ids of all peers, running or not, in order. */
    public List<PeerId> peers() {
        return List.copyOf(members.keySet());
    }

    /** The running peer; empty while it is stopped. */
    public Optional<FluxkeeperServer> peer(PeerId peer) {
        return Optional.ofNullable(running.get(peer));
    }

    /** The running peer that leads and serves, in the highest epoch if two think so; empty when there is none. */
    public Optional<PeerId> leader() {
        return running.values().stream()
                .map(FluxkeeperServer::status)
                .filter(status -> status.role() == Role.LEADING && status.serving())
                .max(Comparator.comparingLong(PeerStatus::epoch))
                .map(PeerStatus::peer);
    }

    /** Where the peer keeps its data, until {@link #close}. */
    public Path dataDirectory(PeerId peer) {
        return directory.path().resolve("peer-" + peer);
    }

    private String ensembleText() {
        return members.entrySet().stream()
                .map(member -> member.getKey() + "=" + member.getValue())
                .collect(Collectors.joining(","));
    }
}
