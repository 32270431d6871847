package io.fluxkeeper.server.client;

import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.WatchItem;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Encodes what goes to one event loop's connections, on that loop. A change that concerns many of them comes as one
 * object, for one after the other, and is encoded once.
 */
final class MessageEncoder {
    /** Most replies and items are smaller; a larger one makes its buffer grow. */
    private static final int BYTES_TYPICAL = 256;

    /** Larger ones are mostly data, which encoding only copies; they are not kept. */
    static final int KEPT_BYTES_MAX = 16 << 10;

    private @Nullable WatchItem last;
    private @Nullable ApiCodec lastCodec;
    private byte[] lastBytes = {};

    /** The receiver releases it. */
    Payload encode(Object message, ApiCodec codec, ByteBufAllocator allocator) {
        return ByteBufPayload.create(bytes(message, codec, allocator));
    }

    /** Writes it behind what is in the buffer; what a failure leaves there is the caller's. */
    void encodeTo(ByteBuf out, Object message, ApiCodec codec) {
        try {
            codec.write(message, new ByteBufOutputStream(out));
        } catch (IOException defect) {
            throw new UncheckedIOException(defect);
        }
    }

    /** As {@link #encode}; looks whether it is the object that was encoded last. */
    Payload encodeShared(WatchItem item, ApiCodec codec, ByteBufAllocator allocator) {
        if (item == last && codec == lastCodec) {
            return ByteBufPayload.create(allocator.ioBuffer(lastBytes.length).writeBytes(lastBytes));
        }
        ByteBuf data = bytes(item, codec, allocator);
        if (data.readableBytes() <= KEPT_BYTES_MAX) {
            last = item;
            lastCodec = codec;
            lastBytes = new byte[data.readableBytes()];
            data.getBytes(data.readerIndex(), lastBytes);
        }
        return ByteBufPayload.create(data);
    }

    private ByteBuf bytes(Object message, ApiCodec codec, ByteBufAllocator allocator) {
        ByteBuf data = allocator.ioBuffer(BYTES_TYPICAL);
        try {
            encodeTo(data, message, codec);
            return data;
        } catch (RuntimeException defect) {
            data.release();
            throw defect;
        }
    }
}
