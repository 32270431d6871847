package io.fluxkeeper.client.connection;

import java.time.Duration;
import reactor.core.Disposable;

/** Time for one client; tests pass one that they move by hand. */
public interface Timer {
    /** A reading that only ever grows, in nanoseconds; its zero means nothing. */
    long nanos();

    /** Runs the task once, on any thread, after the delay; disposing it before leaves it out. */
    Disposable schedule(Duration delay, Runnable task);
}
