package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.store.StateChunk;
import io.fluxkeeper.core.store.StateTable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chunks as a link carries them, cut into parts: a row may be larger than any frame, and a chunk ends with a whole row,
 * since CRC, store and state machine are about whole rows.
 */
final class ChunkParts {
    /** Of one part; twice {@link StateGiver#CHUNK_BYTES}, so that a chunk without a large row is one part. */
    static final int PART_BYTES_MAX = 512 << 10;

    /**
     * Of one chunk put together, hence of one row: a whole change log of the default size as one transaction. More is
     * refused before it is in memory.
     */
    static final int CHUNK_BYTES_MAX = 128 << 20;

    private ChunkParts() {}

    /** A chunk that leaves, part by part. */
    static final class Outgoing {
        private final BinaryWriter bytes;
        private int sent;

        Outgoing(StateChunk chunk) {
            bytes = write(chunk);
        }

        /** Not to be asked for after the last one. */
        TransferFrame.Part next() {
            int size = Math.min(PART_BYTES_MAX, bytes.size() - sent);
            byte[] part = new BinaryReader(bytes.array(), sent, size).readRaw(size);
            sent += size;
            return new TransferFrame.Part(part, sent == bytes.size());
        }
    }

    /** The chunk that comes in. */
    static final class Incoming {
        private final int bytesMax;
        private BinaryWriter bytes = new BinaryWriter();

        Incoming(int bytesMax) {
            this.bytesMax = bytesMax;
        }

        /**
         * The chunk, if that was its last part.
         *
         * @throws MalformedBytesException if it is none, or too large
         */
        @Nullable StateChunk add(TransferFrame.Part part) {
            if (part.bytes().length > bytesMax - bytes.size()) {
                throw new MalformedBytesException("a chunk of the state is larger than " + bytesMax + " bytes");
            }
            bytes.writeRaw(part.bytes(), 0, part.bytes().length);
            if (!part.last()) {
                return null;
            }
            BinaryWriter whole = bytes;
            bytes = new BinaryWriter();
            return read(new BinaryReader(whole.array(), 0, whole.size()));
        }
    }

    private static BinaryWriter write(StateChunk chunk) {
        int rows = chunk.keys().size();
        long size = 16;
        for (int row = 0; row < rows; row++) {
            size += 8 + chunk.keys().get(row).length() + chunk.values().get(row).length;
        }
        BinaryWriter out = new BinaryWriter((int) Math.min(size, Integer.MAX_VALUE - 8))
                .writeByte(chunk.table().ordinal())
                .writeInt(chunk.crc())
                .writeInt(rows);
        for (int row = 0; row < rows; row++) {
            out.writeString(chunk.keys().get(row)).writeBytes(chunk.values().get(row));
        }
        return out;
    }

    private static StateChunk read(BinaryReader in) {
        int table = in.readByte();
        if (table >= StateTable.values().length) {
            throw new MalformedBytesException("no table has the number " + table);
        }
        int crc = in.readInt();
        int rows = in.readCount(8);
        List<String> keys = new ArrayList<>(rows);
        List<byte[]> values = new ArrayList<>(rows);
        for (int row = 0; row < rows; row++) {
            keys.add(in.readString());
            values.add(in.readBytes());
        }
        in.requireEnd();
        return new StateChunk(StateTable.values()[table], keys, values, crc);
    }
}
