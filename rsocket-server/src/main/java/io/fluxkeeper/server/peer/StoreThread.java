package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.store.StateStore;
import io.fluxkeeper.core.store.StateStores;
import java.io.IOException;

/**
 * The one plain thread that touches the state store, as state transfers need it. Its owner is the host; everything
 * here may be called from any thread, never blocks and never throws, and is dropped in silence once the thread ended.
 */
public interface StoreThread {
    /** Runs the task after everything handed over before it. */
    void execute(StoreTask task);

    /** In its turn: opens that file as the store in use, then closes and deletes the one used so far. */
    void install(String fileName);

    /** Something to do on the store thread. */
    @FunctionalInterface
    interface StoreTask {
        /**
         * @param inUse the store in use now; its pins belong to the task that took them
         * @param files all files of the data directory
         * @throws IOException if the store in use failed: the peer must stop
         */
        void run(StateStore inUse, StateStores files) throws IOException;
    }
}
