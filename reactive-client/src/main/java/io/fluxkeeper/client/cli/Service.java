package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.FluxkeeperClientBuilder;
import io.fluxkeeper.client.FluxkeeperException;
import io.fluxkeeper.client.PeerStatus;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The client of a command, connected when it is first needed. For one thread, which waits: a command line has nothing
 * else to do.
 */
final class Service implements AutoCloseable {
    /** A peer is left that was silent as long as it may take to be reached, within these bounds. */
    private static final Duration SILENCE_MIN = Duration.ofSeconds(1);

    private static final Duration SILENCE_MAX = Duration.ofSeconds(10);

    /** Signs of life asked for in that time. */
    private static final int KEEP_ALIVES = 5;

    private final Mono<FluxkeeperClient> withSession;
    private final Mono<FluxkeeperClient> withoutSession;
    private final Flux<PeerStatus> statuses;
    private final Duration timeout;
    private boolean inSession;
    private @Nullable FluxkeeperClient client;

    /**
     * Connects to nobody yet. Each address may be tried within the timeout.
     *
     * @throws IllegalArgumentException that says what is wrong with the addresses
     */
    Service(String[] addresses, Duration timeout) {
        this.timeout = timeout;
        Duration each = timeout.dividedBy(Math.max(1, addresses.length));
        Duration silence = each.compareTo(SILENCE_MIN) < 0 ? SILENCE_MIN : each;
        silence = silence.compareTo(SILENCE_MAX) > 0 ? SILENCE_MAX : silence;
        FluxkeeperClientBuilder builder = FluxkeeperClient.builder()
                .addresses(addresses)
                .requestTimeout(timeout)
                .connectTimeout(each)
                .keepAlive(silence.dividedBy(KEEP_ALIVES), silence);
        this.withSession = builder.connect();
        this.withoutSession = builder.withoutSession().connect();
        this.statuses = builder.statusOfAllPeers();
    }

    /** A client for reads: without a session, which would cost a write to open and one to close, unless there is one. */
    FluxkeeperClient forReads() throws InterruptedException {
        FluxkeeperClient known = client;
        return known == null ? connect(inSession ? withSession : withoutSession) : known;
    }

    /** A client with a session: its writes are applied exactly once, whatever fails meanwhile. */
    FluxkeeperClient forWrites() throws InterruptedException {
        inSession = true;
        FluxkeeperClient known = client;
        return known == null ? connect(withSession) : known;
    }

    /** Of every address, whether one can be reached or none. */
    Flux<PeerStatus> statusOfAllPeers() {
        return statuses;
    }

    /** The session is over: the next command connects anew. */
    void forgetClient() {
        client = null;
    }

    private FluxkeeperClient connect(Mono<FluxkeeperClient> chosen) throws InterruptedException {
        FluxkeeperClient connected = await(chosen);
        client = connected;
        return connected;
    }

    /** Waits for a value, which must come. */
    <T> T await(Mono<T> mono) throws InterruptedException {
        T value = awaitPossibly(mono);
        if (value == null) {
            throw new IllegalStateException("the client answered nothing");
        }
        return value;
    }

    /** Waits for the end; the client bounds every call by its own timeout. @return null when it ended without a value */
    <T> @Nullable T awaitPossibly(Mono<T> mono) throws InterruptedException {
        try {
            return mono.toFuture().get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof FluxkeeperException known) {
                throw known;
            }
            throw new IllegalStateException(String.valueOf(failed.getCause()), failed);
        }
    }

    /** Ends the session, also when the thread was interrupted: that is how a command that waits is ended. */
    @Override
    public void close() {
        FluxkeeperClient known = client;
        if (known == null) {
            return;
        }
        client = null;
        boolean interrupted = Thread.interrupted();
        try {
            known.close().toFuture().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException again) {
            interrupted = true;
        } catch (ExecutionException | TimeoutException unconfirmed) {
            // The session ends by its timeout then.
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
