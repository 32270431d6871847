package io.fluxkeeper.core.store;

import java.io.IOException;
import java.util.Iterator;

/**
 * Keeps a state. One thread, the store thread, calls it, and nobody interrupts that thread. After an
 * {@link IOException} it must not be used again and its peer stops.
 */
public interface StateStore extends AutoCloseable {
    /** What the last durable version is; all zero for a new store. */
    StateMeta meta();

    /**
     * Shows the whole state of the last durable version.
     *
     * @throws DamagedStateException if a value does not match its CRC
     */
    void load(StateVisitor visitor) throws IOException;

    /**
     * Rows of one table of the last durable version, in order.
     *
     * @param fromKey the first key that may be among them
     * @param bytesMax ends behind the row that reaches it
     * @throws DamagedStateException if a value does not match its CRC
     */
    StateChunk read(StateTable table, String fromKey, int bytesMax) throws IOException;

    /** Folds a delta in; nothing of it is durable, or seen by {@link #pin}, before {@link #commit}. */
    void fold(StateDelta delta) throws IOException;

    /** Bytes folded and not committed, roughly. */
    long uncommittedBytes();

    /** Makes everything folded so far durable as one version; when this returns, {@link #meta} says so and it is. */
    void commit() throws IOException;

    /** Holds the last durable version against being overwritten, until it is closed. */
    Pin pin() throws IOException;

    /** Name of the state file in the data directory. */
    String fileName();

    @Override
    void close() throws IOException;

    /** A version that stays readable while newer ones are made. Used by the store thread. */
    interface Pin extends AutoCloseable {
        StateMeta meta();

        /** The state in chunks of about {@code chunkBytes}; each is read when asked for. */
        Iterator<StateChunk> chunks(int chunkBytes);

        @Override
        void close();
    }
}
