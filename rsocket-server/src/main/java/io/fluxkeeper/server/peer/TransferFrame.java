package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.store.StateChunk;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.StateTable;
import java.util.ArrayList;
import java.util.List;

/** What a state transfer's stream consists of: chunks, then one end that says what they were. */
sealed interface TransferFrame {
    int CHUNK = 1;
    int END = 2;

    record Chunk(StateChunk chunk) implements TransferFrame {}

    /** @param chunks how many there were, so that a stream cut short is never taken for a whole one */
    record End(StateMeta meta, long chunks) implements TransferFrame {}

    /**
     * What opens the stream.
     *
     * @param transfer the number under which the state was offered
     * @param zxid what the offer said it holds
     * @param digest likewise
     */
    record Fetch(long transfer, Zxid zxid, long digest) {
        byte[] toBytes() {
            return new BinaryWriter(24)
                    .writeLong(transfer)
                    .writeLong(zxid.value())
                    .writeLong(digest)
                    .toByteArray();
        }

        static Fetch read(BinaryReader in) {
            Fetch fetch = new Fetch(in.readLong(), readZxid(in), in.readLong());
            in.requireEnd();
            return fetch;
        }
    }

    default byte[] toBytes() {
        if (this instanceof End end) {
            return new BinaryWriter(40)
                    .writeByte(END)
                    .writeLong(end.meta.applied().value())
                    .writeLong(end.meta.chain())
                    .writeLong(end.meta.digest())
                    .writeLong(end.chunks)
                    .toByteArray();
        }
        StateChunk chunk = ((Chunk) this).chunk;
        BinaryWriter out = new BinaryWriter(1 << 16)
                .writeByte(CHUNK)
                .writeByte(chunk.table().ordinal())
                .writeInt(chunk.crc())
                .writeInt(chunk.keys().size());
        for (int row = 0; row < chunk.keys().size(); row++) {
            out.writeString(chunk.keys().get(row)).writeBytes(chunk.values().get(row));
        }
        return out.toByteArray();
    }

    /** @throws MalformedBytesException if the bytes are neither */
    static TransferFrame read(BinaryReader in) {
        int tag = in.readByte();
        TransferFrame frame = switch (tag) {
            case CHUNK -> new Chunk(chunk(in));
            case END -> new End(new StateMeta(readZxid(in), in.readLong(), in.readLong()), in.readLong());
            default -> throw new MalformedBytesException("no frame of a state transfer has the tag " + tag);
        };
        in.requireEnd();
        return frame;
    }

    private static StateChunk chunk(BinaryReader in) {
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
        return new StateChunk(StateTable.values()[table], keys, values, crc);
    }

    private static Zxid readZxid(BinaryReader in) {
        long value = in.readLong();
        if (value < 0) {
            throw new MalformedBytesException("a zxid is not negative: " + value);
        }
        return new Zxid(value);
    }
}
