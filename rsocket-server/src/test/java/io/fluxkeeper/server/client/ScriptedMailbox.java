package io.fluxkeeper.server.client;

import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.server.TestThreads;
import io.fluxkeeper.server.loop.ClientPort;
import io.fluxkeeper.server.loop.Mailbox;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/** A replica by script: a thread of its own that answers as the test says and remembers what it was told. */
final class ScriptedMailbox implements Mailbox, AutoCloseable {
    final RSocketClientPort port = new RSocketClientPort();
    final ConcurrentLinkedQueue<ReplicaInput> told = new ConcurrentLinkedQueue<>();

    private final ExecutorService replica = TestThreads.single("replica");
    private volatile BiConsumer<ReplicaInput, ClientPort> script = (input, out) -> {};
    private volatile boolean full;

    /** What happens, on the replica's thread, on each input; each input is a drain of its own. */
    void script(BiConsumer<ReplicaInput, ClientPort> script) {
        this.script = script;
    }

    /** Answers every request so. */
    void answer(Function<ReplicaInput.Requested, ServerReply> answers) {
        script((input, out) -> {
            if (input instanceof ReplicaInput.Requested requested) {
                out.reply(requested.handle(), answers.apply(requested));
            }
        });
    }

    /** Whether the client lane is full. */
    void full(boolean full) {
        this.full = full;
    }

    /** Runs it on the replica's thread, as one drain. */
    void drain(Consumer<ClientPort> effects) {
        replica.execute(() -> {
            effects.accept(port);
            port.endOfDrain();
        });
    }

    <T extends ReplicaInput> List<T> told(Class<T> type) {
        return told.stream().filter(type::isInstance).map(type::cast).toList();
    }

    @Override
    public void internal(ReplicaInput input) {
        take(input);
    }

    @Override
    public boolean client(ReplicaInput input) {
        if (full) {
            return false;
        }
        take(input);
        return true;
    }

    private void take(ReplicaInput input) {
        told.add(input);
        BiConsumer<ReplicaInput, ClientPort> now = script;
        drain(out -> now.accept(input, out));
    }

    @Override
    public boolean live(ReplicaInput input) {
        throw new AssertionError("clients have no business in the live lane");
    }

    @Override
    public void log(Iterable<? extends ReplicaInput> inputs, Runnable handled) {
        throw new AssertionError("clients have no business in the log lane");
    }

    @Override
    public void close() {
        replica.shutdownNow();
    }
}
