package io.fluxkeeper.server.fault;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.SessionState;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.CreateMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A client under load. It sets its own znode again and again, several writes under way, each expecting the version that
 * the one before it makes: a write lost, applied twice or out of order is refused, and seen.
 */
final class Writer {
    private static final int IN_FLIGHT = 4;

    final String path;
    final FluxkeeperClient client;
    final List<Throwable> errors = new CopyOnWriteArrayList<>();
    final List<SessionState> states = new CopyOnWriteArrayList<>();
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicLong longestGapNanos = new AtomicLong();
    private volatile long lastAnswerNanos;
    private volatile boolean stopped;
    private int next;
    private long lastZxid;

    Writer(int number, String... addresses) {
        path = "/load/w" + number;
        client = FluxkeeperClient.builder()
                .addresses(addresses)
                .sessionTimeout(Duration.ofSeconds(20))
                .requestTimeout(Duration.ofSeconds(60))
                .connect()
                .block(Duration.ofSeconds(60));
        client.sessionStates().subscribe(states::add);
        client.create(path, bytes(0)).block(Duration.ofSeconds(60));
        client.create(path + "/alive", null, CreateMode.EPHEMERAL).block(Duration.ofSeconds(60));
    }

    void start() {
        lastAnswerNanos = System.nanoTime();
        synchronized (this) { // the test's thread here, the client's event loop later
            for (int i = 0; i < IN_FLIGHT; i++) {
                write();
            }
        }
    }

    /** Called in the order of the writes, so that the expected versions are too. */
    private void write() {
        int version = next++;
        underWay.incrementAndGet();
        client.set(path, bytes(version + 1), version).subscribe(this::answered, this::failed);
    }

    private synchronized void answered(ServerReply.DataSet reply) {
        long now = System.nanoTime();
        longestGapNanos.accumulateAndGet(now - lastAnswerNanos, Math::max);
        lastAnswerNanos = now;
        if (reply.zxid().value() <= lastZxid) {
            errors.add(new AssertionError(path + ": zxid " + reply.zxid() + " after " + lastZxid));
        }
        lastZxid = reply.zxid().value();
        acknowledged.incrementAndGet();
        underWay.decrementAndGet();
        if (!stopped && errors.isEmpty()) {
            write();
        }
    }

    private synchronized void failed(Throwable error) {
        errors.add(error);
        underWay.decrementAndGet();
    }

    long acknowledged() {
        return acknowledged.get();
    }

    /** Longest time without an answer since the last call, in milliseconds. */
    long takeLongestGapMillis() {
        return Math.max(longestGapNanos.getAndSet(0), System.nanoTime() - lastAnswerNanos) / 1_000_000;
    }

    void stop() {
        stopped = true;
    }

    boolean isIdle() {
        return underWay.get() == 0;
    }

    private static byte[] bytes(int value) {
        return Integer.toString(value).getBytes(StandardCharsets.US_ASCII);
    }
}
