package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.store.StateStore;
import java.io.IOException;

/** Runs work that needs the state store where the store lives: on the store thread. */
public interface StoreTasks {
    /**
     * From any thread, never blocks. Runs the task after everything handed to the store thread before it; keep it
     * short (a chunk, not a transfer), for commits wait meanwhile. Once the store thread is stopping it is dropped.
     */
    void execute(StoreTask task);

    /** One piece of work. An exception ends the peer: what a task can answer for, it must catch. */
    @FunctionalInterface
    interface StoreTask {
        void run(CurrentStore current) throws IOException;
    }

    /** The store in use. */
    interface CurrentStore {
        StateStore store();

        /** Puts another store in its place, after a state transfer, and closes the old one; what it had not committed is void. */
        void replaceBy(StateStore next) throws IOException;
    }
}
