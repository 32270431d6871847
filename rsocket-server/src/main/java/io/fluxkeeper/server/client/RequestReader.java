package io.fluxkeeper.server.client;

import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.MalformedRequestException;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.util.concurrent.FastThreadLocal;
import io.rsocket.Payload;
import org.jspecify.annotations.Nullable;

/** Makes requests of bytes, as the connection's SETUP said how. On event loops. */
final class RequestReader {
    /** Requests up to this size are read through an array of their event loop's; the parser keeps none of it. */
    private static final int SCRATCH_BYTES = 16 << 10;

    private static final FastThreadLocal<byte[]> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
            return new byte[SCRATCH_BYTES];
        }
    };

    /** Most characters of a refusal that is recorded. */
    private static final int RECORDED_CHARS_MAX = 300;

    private final ApiCodec codec;
    private final boolean compositeMetadata;
    private final int requestBytesMax;

    RequestReader(ApiCodec codec, boolean compositeMetadata, int requestBytesMax) {
        this.codec = codec;
        this.compositeMetadata = compositeMetadata;
        this.requestBytesMax = requestBytesMax;
    }

    RouteTable.Entry route(Payload payload) throws MalformedRequestException {
        return RouteTable.find(metadata(payload), compositeMetadata);
    }

    /** Looks whether the metadata name the pipeline, as those of a request-channel must. */
    void requirePipeline(Payload payload) throws MalformedRequestException {
        RouteTable.requirePipeline(metadata(payload), compositeMetadata);
    }

    private static ByteBuf metadata(Payload payload) throws MalformedRequestException {
        if (!payload.hasMetadata()) {
            throw new MalformedRequestException(ErrorCode.MALFORMED, "the metadata, which names the route, is missing");
        }
        return payload.sliceMetadata();
    }

    /**
     * Reads what the route takes. A stream's frame that is too large was refused before; a write must be looked at, for
     * its number.
     *
     * @param size bytes of all that belongs to the request
     * @param data is read to its end, unless that is too much
     */
    ClientRequest read(RouteTable.Entry route, int size, ByteBuf data) throws MalformedRequestException {
        if (size > requestBytesMax) {
            throw new MalformedRequestException(ErrorCode.TOO_LARGE, FrameGate.tooLarge(requestBytesMax, size));
        }
        int length = data.readableBytes();
        byte[] bytes = length <= SCRATCH_BYTES ? SCRATCH.get() : new byte[length];
        data.readBytes(bytes, 0, length);
        return codec.readRequest(route.route().request(), bytes, 0, length);
    }

    /** A write that is refused for good keeps its number, if it has one: the writes behind it build on that. */
    PendingReply.@Nullable Invalid numbered(RouteTable.Entry route, ByteBuf data, MalformedRequestException wrong) {
        if (!ClientRequest.WriteRequest.class.isAssignableFrom(route.route().request())) {
            return null;
        }
        WriteStamp stamp = codec.findStamp(new ByteBufInputStream(data));
        return stamp == null ? null : new PendingReply.Invalid(stamp, wrong.code(), shortened(wrong.getMessage()));
    }

    /** It stays in the session's table of replies until it is acknowledged. */
    private static String shortened(String message) {
        return message.length() <= RECORDED_CHARS_MAX ? message : message.substring(0, RECORDED_CHARS_MAX) + "...";
    }
}
