package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.replica.ReplicaInput;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Keeps what comes by the internal lane, the only one that journal and store use. */
public final class RecordingMailbox implements Mailbox {
    private final List<ReplicaInput> inputs = new CopyOnWriteArrayList<>();

    /** Runs after an input was kept, on the thread that put it in. */
    volatile Consumer<ReplicaInput> whenInternal = input -> {};

    public List<ReplicaInput> inputs() {
        return inputs;
    }

    @Override
    public void internal(ReplicaInput input) {
        inputs.add(input);
        whenInternal.accept(input);
    }

    @Override
    public boolean live(ReplicaInput input) {
        throw new AssertionError("not by the live lane");
    }

    @Override
    public void log(Iterable<? extends ReplicaInput> all, Runnable handled) {
        throw new AssertionError("not by the log lane");
    }

    @Override
    public boolean client(ReplicaInput input) {
        throw new AssertionError("not by the clients' lane");
    }
}
