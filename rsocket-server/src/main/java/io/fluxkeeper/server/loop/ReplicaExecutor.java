package io.fluxkeeper.server.loop;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Where a {@link ReplicaLoop} runs: one task at a time, each seeing what the one before it did. */
public interface ReplicaExecutor extends Executor {
    /** Before the first task. */
    void start();

    /** @return completes when no task is running any more; one that is due may still run */
    CompletableFuture<Void> stop();
}
