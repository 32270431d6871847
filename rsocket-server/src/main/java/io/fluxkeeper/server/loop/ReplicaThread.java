package io.fluxkeeper.server.loop;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A thread of the replica's own, as the executor of its one {@link ReplicaLoop}. */
public final class ReplicaThread implements Executor {
    /** The loop's next turn; it never has two waiting. Put by whoever wakes the loop, taken by the thread. */
    private final AtomicReference<@Nullable Runnable> next = new AtomicReference<>();

    private final PlainThread thread;

    public ReplicaThread(PeerFailure failure) {
        thread = new PlainThread("fluxkeeper-replica", this::turn, failure);
    }

    public void start() {
        thread.start();
    }

    @Override
    public void execute(Runnable turn) {
        next.set(turn);
        thread.wake();
    }

    /** @return completes when the thread has ended; the turn that is due may still run */
    public CompletableFuture<Void> stop() {
        thread.stop();
        return thread.ended();
    }

    private long turn() {
        Runnable turn = next.getAndSet(null);
        if (turn == null) {
            return PlainThread.UNTIL_WOKEN;
        }
        turn.run();
        return 0;
    }
}
