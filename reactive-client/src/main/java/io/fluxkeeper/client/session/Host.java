package io.fluxkeeper.client.session;

import io.fluxkeeper.client.watch.WatchHost;

/** What reads and writes need of the session they belong to. Called on the client's loop. */
interface Host extends WatchHost {
    /** A request was answered in earnest: waits begin at the shortest again. */
    void progress();

    /** It does not count against the bound of pending calls any more. */
    void freePlace(Operation<?> operation);
}
