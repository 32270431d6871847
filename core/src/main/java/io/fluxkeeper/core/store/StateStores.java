package io.fluxkeeper.core.store;

import java.io.IOException;

/** The state files of a data directory. Used by the store thread, except for {@link StateReceiver}s. */
public interface StateStores {
    /** Opens a file that is there, verified to be of this peer and ensemble and of a format this code knows. */
    StateStore open(String fileName) throws IOException;

    /** A new file under a name of its own, for a state that comes from another peer; not in use until installed. */
    StateReceiver receive() throws IOException;

    /** Deletes a file that does not count any more; nothing happens when it is not there. */
    void delete(String fileName) throws IOException;

    /** Takes the chunks of a state transfer. One thread at a time, which nobody interrupts. */
    interface StateReceiver {
        /** @throws DamagedStateException if the chunk does not match its CRC */
        void accept(StateChunk chunk) throws IOException;

        /** Writes the meta data, makes file and directory durable, closes the file and gives its name. */
        String finish(StateMeta meta) throws IOException;

        /** Closes and deletes it. */
        void abort();
    }
}
