package io.fluxkeeper.core.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the journal needs of a disk: one flat directory. Names are file names without a path. Small, so that a test can
 * put a disk behind it that loses, tears and flips what it was given.
 *
 * <p>One thread at a time, which nobody interrupts: an interrupted {@code FileChannel} closes.
 */
public interface FileSystemPort {
    /** Where the directory is, for messages. */
    String location();

    /** All files, sorted by name. */
    List<String> list() throws IOException;

    /** Opens a file for reading and writing; it must exist. */
    OpenFile open(String name) throws IOException;

    /** Makes an empty file for reading and writing; it must not exist. Durable only after {@link #syncDirectory}. */
    OpenFile create(String name) throws IOException;

    /** Durable only after {@link #syncDirectory}. */
    void rename(String from, String to) throws IOException;

    /** Nothing happens when it is not there. Durable only after {@link #syncDirectory}. */
    void delete(String name) throws IOException;

    /** Makes creations, renames and deletions durable. */
    void syncDirectory() throws IOException;

    /** Bytes that can still be written. */
    long freeBytes() throws IOException;

    /** Takes the directory for this process until the result is closed; null when another one has it. */
    @Nullable Closeable tryLock(String name) throws IOException;

    /** An open file. */
    interface OpenFile extends Closeable {
        /** Writes all of {@code bytes} at {@code position}; the file grows as needed. */
        void write(long position, ByteBuffer bytes) throws IOException;

        /** The bytes from {@code position} on: {@code length} of them, or fewer at the end of the file. */
        byte[] read(long position, int length) throws IOException;

        /** Makes everything written durable. Never tried again after it failed. */
        void force() throws IOException;

        long size() throws IOException;

        void truncate(long size) throws IOException;
    }
}
