package io.fluxkeeper.client;

import io.fluxkeeper.client.connection.Address;
import io.fluxkeeper.client.connection.ClientLoop;
import io.fluxkeeper.client.connection.Timer;
import io.fluxkeeper.client.session.ClientSession;
import io.fluxkeeper.client.session.StatusRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Options of a client, each with a default that suits an ensemble in one place; only the addresses have none. */
public final class FluxkeeperClientBuilder {
    private final List<Address> addresses = new ArrayList<>();
    private boolean session = true;
    private Duration sessionTimeout = Duration.ofSeconds(10);
    private Duration connectTimeout = Duration.ofSeconds(3);
    private Duration requestTimeout = Duration.ofSeconds(30);
    private Duration retryDelayMin = Duration.ofMillis(20);
    private Duration retryDelayMax = Duration.ofSeconds(1);
    private Duration keepAlive = Duration.ofSeconds(2);
    private Duration keepAliveTimeout = Duration.ofSeconds(10);
    private int pendingWritesMax = 10_000;
    private int pendingReadsMax = 10_000;
    private @Nullable Timer timer;
    private @Nullable Random random;

    FluxkeeperClientBuilder() {}

    /** Adds peers, each as {@code HOST:PORT}; one that answers is enough, all of them are better. */
    public FluxkeeperClientBuilder addresses(String... hostsAndPorts) {
        for (String each : hostsAndPorts) {
            addresses.add(Address.parse(each));
        }
        return this;
    }

    /** After how long without this client the service ends its session; the service may shorten or lengthen it. */
    public FluxkeeperClientBuilder sessionTimeout(Duration timeout) {
        sessionTimeout = timeout;
        return this;
    }

    /** No session: reads, persistent znodes, and writes that are applied at most once. */
    public FluxkeeperClientBuilder withoutSession() {
        session = false;
        return this;
    }

    /** For one peer to accept the connection and attach the session; then the next peer is tried. */
    public FluxkeeperClientBuilder connectTimeout(Duration timeout) {
        connectTimeout = timeout;
        return this;
    }

    /** For one call, or for connecting, whatever happens meanwhile; zero for no bound. */
    public FluxkeeperClientBuilder requestTimeout(Duration timeout) {
        requestTimeout = timeout;
        return this;
    }

    /** Shortest and longest wait after all peers failed, or after one was too busy; doubles from one to the other. */
    public FluxkeeperClientBuilder retryDelay(Duration shortest, Duration longest) {
        retryDelayMin = shortest;
        retryDelayMax = longest;
        return this;
    }

    /** Between two signs of life on the connection, and how long without any before it counts as dead. */
    public FluxkeeperClientBuilder keepAlive(Duration interval, Duration timeout) {
        keepAlive = interval;
        keepAliveTimeout = timeout;
        return this;
    }

    /** Writes that may wait for their number; one more is a {@link TooBusyException}. */
    public FluxkeeperClientBuilder pendingWritesMax(int writes) {
        pendingWritesMax = writes;
        return this;
    }

    /** Reads that may wait for their answer; one more is a {@link TooBusyException}. */
    public FluxkeeperClientBuilder pendingReadsMax(int reads) {
        pendingReadsMax = reads;
        return this;
    }

    /** Another clock and other timers; for tests. */
    FluxkeeperClientBuilder timer(Timer other) {
        timer = other;
        return this;
    }

    /** Another source of chance, for the order of the peers and the length of waits; for tests. */
    FluxkeeperClientBuilder random(Random other) {
        random = other;
        return this;
    }

    /**
     * Connects. Cold: every subscription makes a client of its own, with a session of its own, on one of Reactor
     * Netty's shared event loops, and emits it there once a peer has opened the session. Cancelling before gives it
     * up. Fails with {@link NotReachableException} after {@code requestTimeout}, with {@link BadRequestException} or
     * {@link RefusedException} when a peer will not have it.
     *
     * @throws IllegalArgumentException that names the option that is wrong
     */
    public Mono<FluxkeeperClient> connect() {
        ClientOptions options = options();
        Timer clock = timer;
        Random chance = random;
        return Mono.defer(() ->
                        ClientSession.open(options, ClientLoop.next(clock), chance == null ? new Random() : chance))
                .map(FluxkeeperClient::new);
    }

    /**
     * Asks every address for its status, as {@link FluxkeeperClient#statusOfAllPeers()} does, without a client: also
     * when no peer can be reached. Cold. Each has {@code connectTimeout} to answer.
     *
     * @throws IllegalArgumentException that names the option that is wrong
     */
    public Flux<PeerStatus> statusOfAllPeers() {
        ClientOptions options = options();
        Timer clock = timer;
        return Flux.defer(() -> StatusRequest.askAll(options, ClientLoop.next(clock)));
    }

    private ClientOptions options() {
        return new ClientOptions(
                addresses,
                session,
                sessionTimeout,
                connectTimeout,
                requestTimeout,
                retryDelayMin,
                retryDelayMax,
                keepAlive,
                keepAliveTimeout,
                pendingWritesMax,
                pendingReadsMax);
    }
}
