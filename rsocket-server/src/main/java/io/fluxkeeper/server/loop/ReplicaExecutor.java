package io.fluxkeeper.server.loop;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Where a {@link ReplicaLoop} runs: one task at a time, each seeing what the one before it did. It is the loop's clock
 * too: on an idle peer waking a thread is most of what a tick costs, so no second one is woken for it.
 */
public interface ReplicaExecutor extends Executor {
    /** Before the first task. */
    void start();

    /** Calls {@code tick} between two tasks, once each tick time; what is missed in a pause is missed. Called once. */
    void startTicks(Duration tickTime, Runnable tick);

    /** One tick that is due may still come. */
    void stopTicks();

    /** @return completes when no task is running any more; one that is due may still run */
    CompletableFuture<Void> stop();
}
