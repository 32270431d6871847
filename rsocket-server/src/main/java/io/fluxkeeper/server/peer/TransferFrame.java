package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.store.StateMeta;

/** What a state transfer's stream consists of: chunks in parts, then one end that says what they were. */
sealed interface TransferFrame {
    int PART = 1;
    int END = 2;

    /**
     * @param bytes at most {@link ChunkParts#PART_BYTES_MAX}
     * @param last whether the chunk is whole with it
     */
    record Part(byte[] bytes, boolean last) implements TransferFrame {}

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
        Part part = (Part) this;
        return new BinaryWriter(2 + part.bytes.length)
                .writeByte(PART)
                .writeBoolean(part.last)
                .writeRaw(part.bytes, 0, part.bytes.length)
                .toByteArray();
    }

    /** @throws MalformedBytesException if the bytes are neither */
    static TransferFrame read(BinaryReader in) {
        int tag = in.readByte();
        TransferFrame frame = switch (tag) {
            case PART -> part(in);
            case END -> new End(new StateMeta(readZxid(in), in.readLong(), in.readLong()), in.readLong());
            default -> throw new MalformedBytesException("no frame of a state transfer has the tag " + tag);
        };
        in.requireEnd();
        return frame;
    }

    private static Part part(BinaryReader in) {
        boolean last = in.readBoolean();
        return new Part(in.readRaw(in.remaining()), last);
    }

    private static Zxid readZxid(BinaryReader in) {
        long value = in.readLong();
        if (value < 0) {
            throw new MalformedBytesException("a zxid is not negative: " + value);
        }
        return new Zxid(value);
    }
}
