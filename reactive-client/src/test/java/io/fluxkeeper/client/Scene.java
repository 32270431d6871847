package io.fluxkeeper.client;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.Stat;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Mono;

/** A client, the peers it may ask, and a clock that stands still. */
final class Scene implements AutoCloseable {
    static final SessionId SESSION = new SessionId(Zxid.of(1, 1).value());
    static final byte[] PASSWORD = "sixteen bytes 16".getBytes(StandardCharsets.US_ASCII);
    static final Duration SESSION_TIMEOUT = Duration.ofSeconds(9);
    static final Duration HEARTBEAT = Duration.ofSeconds(3);
    static final Duration RETRY_MIN = Duration.ofMillis(20);

    final ManualTimer timer = new ManualTimer();
    final List<TestServer> servers = new ArrayList<>();
    final TestServer server;

    /** One server after the other, in this order. */
    Scene(int serverCount) {
        for (int i = 0; i < serverCount; i++) {
            servers.add(TestServer.start());
        }
        server = servers.get(0);
    }

    FluxkeeperClientBuilder builder() {
        return FluxkeeperClient.builder()
                .addresses(servers.stream().map(TestServer::address).toArray(String[]::new))
                .sessionTimeout(SESSION_TIMEOUT)
                .retryDelay(RETRY_MIN, Duration.ofSeconds(1))
                .timer(timer)
                .random(new NoChance());
    }

    FluxkeeperClient connect() {
        return connect(builder(), 10);
    }

    FluxkeeperClient connect(FluxkeeperClientBuilder builder, int windowMax) {
        CompletableFuture<FluxkeeperClient> connecting = builder.connect().toFuture();
        server.expect(ClientRequest.OpenSession.class).reply(opened(zxid(1), 0, windowMax));
        return get(connecting);
    }

    static ServerReply.SessionOpened opened(Zxid zxid, long lastCxid, int windowMax) {
        return new ServerReply.SessionOpened(
                zxid, SESSION, PASSWORD, (int) SESSION_TIMEOUT.toMillis(), lastCxid, windowMax);
    }

    static Zxid zxid(long counter) {
        return Zxid.of(1, counter);
    }

    static Stat stat(long counter) {
        return new Stat(zxid(counter), zxid(counter), 1, 1, 0, 0, 0, SessionId.NONE, 0, 0, zxid(counter));
    }

    static ServerReply.DataSet dataSet(long counter) {
        return new ServerReply.DataSet(zxid(counter), stat(counter));
    }

    static ServerReply.Data data(long counter) {
        return new ServerReply.Data(zxid(counter), null, stat(counter));
    }

    static ServerReply.Status status(int peer, Zxid zxid) {
        return new ServerReply.Status(
                zxid, new PeerId(peer), "FOLLOWING", 1, new PeerId(1), true, zxid, 1, 1, 0, 4, "0", null);
    }

    static ServerReply.Refused refused(ErrorCode code, long counter) {
        return ServerReply.Refused.of(zxid(counter), code, "says the script");
    }

    static ServerReply.Refused gap(long expected) {
        return new ServerReply.Refused(
                Zxid.ZERO, ErrorCode.GAP, null, "a write is missing", null, expected, null, null);
    }

    /** Subscribes at once. */
    static <T> CompletableFuture<T> call(Mono<T> mono) {
        return mono.toFuture();
    }

    static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(5, TimeUnit.SECONDS);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof FluxkeeperException failure) {
                throw failure;
            }
            throw new AssertionError(e.getCause());
        }
    }

    @Override
    public void close() {
        servers.forEach(TestServer::close);
    }

    /** Shuffles nothing and shortens no wait. */
    private static final class NoChance extends Random {
        private static final long serialVersionUID = 1L;

        @Override
        public int nextInt(int bound) {
            return bound - 1;
        }

        @Override
        public double nextDouble() {
            return 0;
        }
    }
}
