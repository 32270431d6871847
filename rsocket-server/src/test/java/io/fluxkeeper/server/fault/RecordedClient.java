package io.fluxkeeper.server.fault;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.RefusedException;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.simulation.check.Call;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.ZnodePath;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A client on a thread of its own, one request after another, that writes down what it asked, when, and what it was told.
 * It ends at the first request that it is told nothing definite about.
 */
final class RecordedClient implements AutoCloseable {
    static final String REGISTER = "/register-";
    private static final int REGISTERS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /**
     * One request. Which session it had, and which number as a write of it, is known only when the log is read.
     *
     * @param number of a write, from 1; 0 for a read
     * @param before the highest zxid that was seen before it
     */
    private record Line(
            long number,
            Function<@Nullable WriteStamp, ClientRequest> request,
            boolean linearizable,
            Zxid before,
            long invokedAt,
            long answeredAt,
            @Nullable ServerReply reply) {}

    private final int client;
    private final SplittableRandom random;
    private final FluxkeeperClient service;
    private final List<Line> lines = new ArrayList<>();
    private final Thread thread = new Thread(this::work, "recorded-client");
    private long writes;
    private Zxid seen = Zxid.ZERO;
    private volatile boolean stopping;
    private volatile long answered;
    private volatile @Nullable Throwable failure;

    RecordedClient(int client, long seed, String... addresses) {
        this.client = client;
        random = new SplittableRandom(seed);
        service = FluxkeeperClient.builder()
                .addresses(addresses)
                .sessionTimeout(Duration.ofSeconds(20))
                .requestTimeout(PATIENCE)
                .connect()
                .block(PATIENCE);
        thread.start();
    }

    /** Requests so far that were answered. */
    long answered() {
        return answered;
    }

    /** What ended it early; null for nothing. */
    @Nullable Throwable failure() {
        return failure;
    }

    private void work() {
        try {
            while (!stopping) {
                once();
            }
        } catch (RuntimeException | InterruptedException e) {
            failure = e;
        }
    }

    private void once() throws InterruptedException {
        String path = REGISTER + random.nextInt(REGISTERS);
        ZnodePath znode = ZnodePath.of(path);
        byte[] value = ByteBuffer.allocate(8).putLong(random.nextLong()).array();
        int kind = random.nextInt(10);
        if (kind < 4) {
            int version = Operation.ANY_VERSION;
            write(service.set(path, value, version), stamp -> new ClientRequest.SetData(znode, value, version, stamp));
        } else if (kind < 5) {
            write(
                    service.create(path, value),
                    stamp -> new ClientRequest.Create(path, value, CreateMode.PERSISTENT, null, stamp));
        } else if (kind < 6 && random.nextInt(3) == 0) {
            write(service.delete(path), stamp -> new ClientRequest.Delete(znode, Operation.ANY_VERSION, stamp));
        } else if (kind < 8) {
            long begun = System.nanoTime();
            if (ask(service.sync(), 0, begun, false, stamp -> new ClientRequest.Sync(ReadStamp.NONE))) {
                ask(service.get(path), 0, begun, true, stamp -> new ClientRequest.GetData(znode, ReadStamp.NONE));
            }
        } else {
            ask(
                    service.get(path),
                    0,
                    System.nanoTime(),
                    false,
                    stamp -> new ClientRequest.GetData(znode, ReadStamp.NONE));
        }
        Thread.sleep(2);
    }

    private void write(Mono<? extends ServerReply> asked, Function<@Nullable WriteStamp, ClientRequest> request) {
        ask(asked, ++writes, System.nanoTime(), false, request);
    }

    /** @return whether it was not refused */
    private boolean ask(
            Mono<? extends ServerReply> asked,
            long number,
            long begun,
            boolean linearizable,
            Function<@Nullable WriteStamp, ClientRequest> request) {
        ServerReply reply = null;
        try {
            reply = asked.block(PATIENCE);
        } catch (RefusedException refused) {
            reply = ServerReply.Refused.of(refused.zxid(), refused.code(), refused.getMessage());
        } finally {
            lines.add(new Line(number, request, linearizable, seen, begun, System.nanoTime(), reply));
        }
        seen = Zxid.max(seen, reply.zxid());
        answered++;
        return !(reply instanceof ServerReply.Refused);
    }

    /** Ends it, and gives its zxids: the writes that were answered. */
    void stop() throws InterruptedException {
        stopping = true;
        thread.join(PATIENCE.toMillis());
        if (thread.isAlive()) {
            throw new AssertionError("client " + client + " waits for an answer still");
        }
    }

    /** The zxid of the first write that was answered; null when none was. */
    @Nullable Zxid firstWrite() {
        return lines.stream()
                .filter(line -> line.number() > 0 && line.reply() != null)
                .map(line -> line.reply().zxid())
                .findFirst()
                .orElse(null);
    }

    /** @param session all of it happened in that one */
    List<Call> calls(SessionId session) {
        List<Call> calls = new ArrayList<>();
        for (Line line : lines) {
            WriteStamp stamp = line.number() == 0 ? null : new WriteStamp(session, line.number(), 0);
            ClientRequest request = line.request().apply(stamp);
            Call call = new Call(client, session, request, line.invokedAt(), line.before(), line.linearizable());
            if (line.reply() != null) {
                call.answered(line.answeredAt(), line.reply());
            }
            calls.add(call);
        }
        return calls;
    }

    @Override
    public void close() {
        stopping = true;
        service.close().block(PATIENCE);
    }
}
