package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.FluxkeeperClientBuilder;
import io.fluxkeeper.client.FluxkeeperException;
import io.fluxkeeper.client.SessionExpiredException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The client of a command, connected when it is first needed. For one thread, which waits: a command line has nothing
 * else to do.
 */
final class Service implements AutoCloseable {
    private final FluxkeeperClientBuilder builder;
    private final Duration timeout;
    private @Nullable FluxkeeperClient client;

    /** @param addressCount how many addresses the builder has; each may be tried within the timeout */
    Service(FluxkeeperClientBuilder builder, int addressCount, Duration timeout) {
        this.timeout = timeout;
        this.builder = builder.requestTimeout(timeout).connectTimeout(timeout.dividedBy(addressCount));
    }

    /** A client for reads: without a session, which would cost a write to open and one to close. */
    FluxkeeperClient forReads() throws InterruptedException {
        FluxkeeperClient known = client;
        return known == null ? connect(builder.withoutSession()) : known;
    }

    /** A client with a session: its writes are applied exactly once, whatever fails meanwhile. */
    FluxkeeperClient forWrites() throws InterruptedException {
        FluxkeeperClient known = client;
        return known == null ? connect(builder) : known;
    }

    private FluxkeeperClient connect(FluxkeeperClientBuilder chosen) throws InterruptedException {
        FluxkeeperClient connected = await(chosen.connect());
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
            if (failed.getCause() instanceof SessionExpiredException) {
                client = null; // the shell connects anew with its next command
            }
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
