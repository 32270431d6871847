package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.store.StateStore;
import io.fluxkeeper.core.store.StateStores;
import java.io.IOException;

/** Runs work that needs the state store where the store lives: on the store thread. From any thread; never blocks. */
public interface StoreTasks {
    /**
     * Runs the task after everything handed to the store thread before it; keep it short (a chunk, not a transfer),
     * for commits wait meanwhile. Once the store thread has ended it is dropped in silence.
     */
    void execute(StoreTask task);

    /** In its turn: opens that file as the store in use, then closes and deletes the one used so far. */
    void install(String fileName);

    /** One piece of work. */
    @FunctionalInterface
    interface StoreTask {
        /**
         * @param inUse the store in use now; its pins belong to the task that took them
         * @param files all state files of the data directory
         * @throws IOException if the store in use failed: the peer stops. What a task can answer for, it catches
         */
        void run(StateStore inUse, StateStores files) throws IOException;
    }
}
