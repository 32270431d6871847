package io.fluxkeeper.core.journal;

import io.fluxkeeper.core.Zxid;
import java.io.IOException;
import java.util.List;

/**
 * Append-only, in batches. One thread calls it, and nobody interrupts that thread. After any {@link IOException} the
 * journal must not be used again and its peer stops: an fsync that failed is never tried again (fsyncgate).
 */
public interface Journal extends AutoCloseable {
    /** Appends the batches and makes them durable with one fsync; when this returns they are. */
    void append(List<JournalBatch> batches) throws IOException;

    /**
     * Called when there was nothing to append for a while: writes the committed position and the number of the last
     * durable batch to the sidecar if they are not there yet.
     */
    void idle(Zxid committed) throws IOException;

    /** Whole segments that hold nothing after {@code zxid}, and no hard state that is still in force, may go. */
    void trim(Zxid zxid) throws IOException;

    /**
     * Notes durably that the state must not be used again: the next start loses its vote and takes the state from the
     * other peers. To be called once, before {@link #close}.
     */
    void distrustState() throws IOException;

    /** Bytes of free space where the journal lives. */
    long freeBytes() throws IOException;

    /** Closes the files; everything appended is durable already. */
    @Override
    void close() throws IOException;
}
