package io.fluxkeeper.core.journal;

import io.fluxkeeper.core.binary.BinaryWriter;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Writes to the end of one segment file, into zeros that were written before. */
final class SegmentWriter implements AutoCloseable {
    /** Bytes written at once; batches are copied through one buffer of that size outside the heap. */
    private static final int COPY_BYTES = 256 << 10;

    private static final byte[] ZEROS = new byte[COPY_BYTES];

    private final FileSystemPort.OpenFile file;
    private final JournalSettings settings;
    private final ByteBuffer buffer;
    private long position;
    private long zeroedTo;

    private SegmentWriter(FileSystemPort.OpenFile file, JournalSettings settings, ByteBuffer buffer) {
        this.file = file;
        this.settings = settings;
        this.buffer = buffer;
    }

    /** A buffer for {@link #create}: one for all segments of a journal, one after another. */
    static ByteBuffer newBuffer() {
        return ByteBuffer.allocateDirect(COPY_BYTES);
    }

    /** Makes the file, with room for {@code bytesMax}; its directory entry is durable when this returns. */
    static SegmentWriter create(
            FileSystemPort files, String name, JournalSettings settings, ByteBuffer buffer, long bytesMax)
            throws IOException {
        SegmentWriter writer = new SegmentWriter(files.create(name), settings, buffer);
        writer.zeroTo(Math.max(bytesMax, Math.min(settings.aheadBytes(), settings.segmentBytes())));
        files.syncDirectory();
        return writer;
    }

    /** Whether so many bytes fit; into an empty segment everything does. */
    boolean hasRoom(long bytes) {
        return position + bytes <= settings.segmentBytes();
    }

    /** Writes out what is pending, makes it durable and empties it. */
    void write(BinaryWriter pending) throws IOException {
        if (pending.size() == 0) {
            return;
        }
        if (position + pending.size() > zeroedTo) {
            long end = position + pending.size();
            zeroTo(Math.max(end, Math.min(settings.segmentBytes(), end + settings.aheadBytes())));
        }
        for (int from = 0; from < pending.size(); from += COPY_BYTES) {
            int length = Math.min(COPY_BYTES, pending.size() - from);
            buffer.clear().put(pending.array(), from, length).flip();
            file.write(position + from, buffer);
        }
        file.force();
        position += pending.size();
        pending.clear();
    }

    /** While there is nothing to write: zeros ahead, so that the next writes need not wait for that. */
    void prepare() throws IOException {
        if (zeroedTo - position < settings.aheadBytes() / 2 && zeroedTo < settings.segmentBytes()) {
            zeroTo(Math.min(settings.segmentBytes(), position + settings.aheadBytes()));
            file.force();
        }
    }

    /** Gives back the zeros that were not used. */
    void cut() throws IOException {
        file.truncate(position);
        file.force();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private void zeroTo(long end) throws IOException {
        while (zeroedTo < end) {
            int length = (int) Math.min(COPY_BYTES, end - zeroedTo);
            buffer.clear().put(ZEROS, 0, length).flip();
            file.write(zeroedTo, buffer);
            zeroedTo += length;
        }
    }
}
