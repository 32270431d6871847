package io.fluxkeeper.server;

import io.fluxkeeper.server.loop.StoreTasks;
import io.fluxkeeper.server.peer.StoreThread;

/** The store thread as state transfers see it. */
record StoreForTransfers(StoreTasks tasks) implements StoreThread {
    @Override
    public void execute(StoreTask task) {
        tasks.execute(task::run);
    }

    @Override
    public void install(String fileName) {
        tasks.install(fileName);
    }
}
