package io.fluxkeeper.client.cli;

import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** Remembers why something could not be written, which a {@link java.io.PrintStream} keeps to itself. */
final class StandardOutput extends OutputStream {
    /** What the system says where a reader has ended, as behind {@code | head}: nothing is lost that anyone wants. */
    private static final String READER_ENDED = "Broken pipe";

    private final OutputStream target;
    private @Nullable String lost;

    StandardOutput(OutputStream target) {
        this.target = target;
    }

    /** Why output was lost, in the system's words; null when none was, or when its reader wanted no more. */
    @Nullable String lost() {
        return READER_ENDED.equals(lost) ? null : lost;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            target.write(bytes, offset, length);
        } catch (IOException failed) {
            lost = failed.getMessage() == null ? failed.toString() : failed.getMessage();
            throw failed;
        }
    }
}
