package io.fluxkeeper.core.journal;

import io.fluxkeeper.core.consensus.Algorithm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The small file that says which algorithm a data directory is of: the records of one mean nothing to another. If it is
 * missing or damaged, the journal tells, as far as anything is in it.
 */
public final class AlgorithmFile {
    static final String NAME = "peer.consensus";

    private static final int BYTES_MAX = 32;

    private AlgorithmFile() {}

    /**
     * Makes sure that the directory is of that algorithm; a new one becomes it, durably.
     *
     * @throws DataDirectoryException if it is of another
     */
    public static void require(FileSystemPort files, Algorithm algorithm, JournalRecovery journal) throws IOException {
        Algorithm written = files.list().contains(NAME) ? read(files) : null;
        Algorithm known = written == null ? journal.writtenBy() : written;
        if (known != null && known != algorithm) {
            throw new DataDirectoryException("The data directory " + files.location() + " was written with " + known
                    + ", and this peer is to run " + algorithm + ": start it with --consensus=" + known
                    + ", or give it a directory of its own.");
        }
        if (written == null) {
            write(files, algorithm);
        }
    }

    private static @Nullable Algorithm read(FileSystemPort files) throws IOException {
        try (FileSystemPort.OpenFile file = files.open(NAME)) {
            String text = new String(file.read(0, BYTES_MAX), StandardCharsets.UTF_8);
            return text.endsWith("\n")
                    ? Algorithm.of(text.substring(0, text.length() - 1)).orElse(null)
                    : null;
        }
    }

    private static void write(FileSystemPort files, Algorithm algorithm) throws IOException {
        boolean isThere = files.list().contains(NAME);
        try (FileSystemPort.OpenFile file = isThere ? files.open(NAME) : files.create(NAME)) {
            byte[] text = (algorithm + "\n").getBytes(StandardCharsets.UTF_8);
            file.truncate(0);
            file.write(0, ByteBuffer.allocateDirect(text.length).put(text).flip());
            file.force();
        }
        files.syncDirectory();
    }
}
