package io.fluxkeeper.server.loop;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * The replica beside other work on a thread that belongs to somebody else, an event loop. On few cores it saves a
 * switch of threads on every way in and out; in return a long turn of the replica keeps that loop's connections waiting.
 */
public final class SharedThread implements ReplicaExecutor {
    private final Executor thread;

    /** @param thread runs one task at a time, in order, and outlives the replica */
    public SharedThread(Executor thread) {
        this.thread = thread;
    }

    @Override
    public void start() {
        // it runs already
    }

    @Override
    public void execute(Runnable turn) {
        thread.execute(turn);
    }

    @Override
    public CompletableFuture<Void> stop() {
        return CompletableFuture.runAsync(() -> {}, thread);
    }
}
