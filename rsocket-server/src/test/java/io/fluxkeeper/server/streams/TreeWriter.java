package io.fluxkeeper.server.streams;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.EventType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Creates, sets and deletes znodes that are its own, several at a time, and keeps what the service has confirmed. Every
 * write succeeds, since nobody else touches its znodes and its writes are applied in order.
 */
final class TreeWriter {
    private static final int IN_FLIGHT = 16;
    private static final int ZNODES = 40;

    /** A change as the reply to the write says it. @param data null when deleted */
    record Write(Zxid zxid, EventType type, String path, String data) {}

    private final FluxkeeperClient client;
    private final String top;
    private final SplittableRandom random;
    private final TreeSet<String> there = new TreeSet<>();
    private final List<Write> confirmed = new ArrayList<>();
    private int next;

    TreeWriter(String top, int number, String... addresses) {
        this.top = top + "/w" + number;
        this.random = new SplittableRandom(number);
        this.client = FluxkeeperClient.builder()
                .addresses(addresses)
                .requestTimeout(Duration.ofMinutes(2))
                .connect()
                .block(Duration.ofMinutes(1));
    }

    /** Writes so often, a few at a time and in order; completes with the last reply. */
    Mono<Void> write(int count) {
        return Flux.range(0, count)
                .flatMapSequential(i -> nextWrite(), IN_FLIGHT)
                .then();
    }

    /** All that was confirmed; complete when {@link #write} is. */
    List<Write> confirmed() {
        synchronized (confirmed) {
            return List.copyOf(confirmed);
        }
    }

    int confirmedCount() {
        synchronized (confirmed) {
            return confirmed.size();
        }
    }

    void close() {
        client.close().block(Duration.ofMinutes(1));
    }

    /** Chosen when it is subscribed to, which is when it gets its number. */
    private Mono<Void> nextWrite() {
        if (next == 0) {
            return create(top, "" + next++);
        }
        String path = top + "/" + random.nextInt(ZNODES);
        String data = top + ":" + next++;
        if (there.add(path)) {
            return create(path, data);
        } else if (random.nextInt(4) > 0) {
            return client.set(path, bytes(data))
                    .doOnNext(set -> confirm(set.zxid(), EventType.DATA_CHANGED, path, data))
                    .then();
        }
        there.remove(path);
        return client.delete(path)
                .doOnNext(deleted -> confirm(deleted.zxid(), EventType.DELETED, path, null))
                .then();
    }

    private Mono<Void> create(String path, String data) {
        return client.create(path, bytes(data))
                .doOnNext(created -> confirm(created.zxid(), EventType.CREATED, path, data))
                .then();
    }

    private void confirm(Zxid zxid, EventType type, String path, String data) {
        synchronized (confirmed) {
            confirmed.add(new Write(zxid, type, path, data));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
