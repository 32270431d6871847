package io.fluxkeeper.core.store;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.h2.mvstore.SingleFileStore;
import org.h2.mvstore.WriteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * MVStore's own kind of file, with a write buffer that is kept from commit to commit. MVStore keeps none of over 4 MiB
 * and grows the next one anew, by halves: a commit of 10 MiB leaves 27 MiB of garbage, in arrays so large that G1 begins
 * to mark the heap for them long before it is full ("humongous allocation").
 *
 * <p>For one thread at a time, as {@link StateStore} is.
 */
final class StateFile extends SingleFileStore {
    /** A larger buffer is not kept: scattered writes to a great state need it now and then, and the heap is for all. */
    static final int KEPT_BYTES_MAX = 16 << 20;

    /** Half of MVStore's default for random updates of a million rows costs half as much. */
    private static final int PAGE_SPLIT_BYTES = 4096;

    private int bufferBytes = 1 << 20;
    private @Nullable WriteBuffer kept;

    private StateFile() {
        // Here and not with MVStore's builder, which says it only to files of its own making.
        super(new HashMap<>(Map.of("pageSplitSize", PAGE_SPLIT_BYTES)));
    }

    /** Opens or creates it, and locks it. @throws MVStoreException also if it is in use */
    static StateFile open(Path path) {
        StateFile file = new StateFile();
        try {
            file.open(path.toString(), false, (char[]) null);
            return file;
        } catch (RuntimeException failure) {
            file.abandon(failure);
            throw failure;
        }
    }

    /**
     * Closes a file that came to be no store. MVStore may have closed it, or not; behind that it closes a layout which
     * there may not be.
     */
    void abandon(Throwable reason) {
        try {
            close();
        } catch (RuntimeException nothingToClose) {
            reason.addSuppressed(nothingToClose);
        }
    }

    @Override
    public WriteBuffer getWriteBuffer() {
        WriteBuffer buffer = kept;
        kept = null;
        return buffer == null ? new WriteBuffer(bufferBytes) : buffer;
    }

    /** Above 4 MiB a buffer that grew is small again once it is cleared: the next one is made as large as this came to be. */
    @Override
    public void releaseWriteBuffer(WriteBuffer buffer) {
        int grownTo = Math.min(buffer.capacity(), KEPT_BYTES_MAX);
        if (grownTo > bufferBytes) {
            bufferBytes = grownTo;
        } else {
            kept = buffer.clear();
        }
    }
}
