package io.fluxkeeper.server;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Threads that stand in for those of a peer. */
public final class TestThreads {
    private TestThreads() {}

    /** Takes tasks from event loops, which must never wait for a lock: the usual queue has one, and BlockHound knows. */
    public static ExecutorService single(String name) {
        return new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new LinkedTransferQueue<>(), task -> new Thread(task, name));
    }
}
