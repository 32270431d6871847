package io.fluxkeeper.server.client;

import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.PipelineFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.rsocket.DuplexConnection;
import io.rsocket.Payload;
import io.rsocket.RSocketErrorException;
import io.rsocket.exceptions.ConnectionErrorException;
import io.rsocket.frame.ErrorFrameCodec;
import io.rsocket.frame.FrameHeaderCodec;
import io.rsocket.frame.FrameType;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Stands before RSocket and lets in only what the API is made of, so that RSocket keeps no state for the rest: no
 * fragments, nothing too large, one channel at a time. Counts what goes out.
 */
final class FrameGate implements DuplexConnection {
    /** RSocket allows no larger frame. */
    static final int FRAME_BYTES_MAX = (1 << 24) - 1;

    /** Stream id, type and flags. */
    private static final int HEADER_BYTES = 6;

    private static final int FLAG_BITS = 10;
    private static final int REQUEST_N_BYTES = 4;
    private static final int METADATA_LENGTH_BYTES = 3;
    private static final int POSITION_BYTES = 8;
    private static final int ERROR_CODE_BYTES = 4;

    /** Bytes of a channel's frames beside its entries. */
    private static final int CHANNEL_OVERHEAD_BYTES_MAX = 1024;

    /** KEEPALIVE data is sent back as it came: enough for a timestamp or a trace id. */
    private static final int KEEPALIVE_BYTES_MAX = 256;

    /** By the number on the wire, which has 6 bits; null where there is no such type. */
    private static final @Nullable FrameType[] TYPES = types();

    private final DuplexConnection source;
    private final UnsentBytes unsent;
    private final ClientLimits limits;
    private final ClientMetrics metrics;
    private boolean setUp;

    /** Stream id of the channel that RSocket has taken; 0 for none. This and the next two on the event loop only. */
    private int channel;

    /** Of the last channel that was let in; RSocket need not have taken it. */
    private int admittedChannel;

    /** Whether nothing more is to come on the channel. */
    private boolean requestsOver;

    FrameGate(DuplexConnection source, UnsentBytes unsent, ClientLimits limits, ClientMetrics metrics) {
        this.source = source;
        this.unsent = unsent;
        this.limits = limits;
        this.metrics = metrics;
    }

    /** The transport releases each frame when its turn is over, let in or not. */
    @Override
    public Flux<ByteBuf> receive() {
        return source.receive().filter(this::admits);
    }

    @Override
    public void sendFrame(int streamId, ByteBuf frame) {
        unsent.queue(frame.readableBytes());
        source.sendFrame(streamId, frame);
    }

    private boolean admits(ByteBuf frame) {
        int size = frame.readableBytes();
        if (size < HEADER_BYTES) {
            return close("a frame has at least " + HEADER_BYTES + " bytes, not " + size);
        }
        int typeAndFlags = frame.getUnsignedShort(frame.readerIndex() + 4);
        FrameType type = TYPES[typeAndFlags >>> FLAG_BITS];
        if (type == null) {
            return close("no frame has the type " + (typeAndFlags >>> FLAG_BITS));
        }
        if (!setUp) {
            setUp = true; // RSocket itself refuses a first frame that is no SETUP
            return fits(size, HEADER_BYTES, limits.requestBytesMax(), "SETUP");
        }
        int streamId = frame.getInt(frame.readerIndex());
        if (type.isRequestType() && (streamId <= 0 || (streamId & 1) == 0)) {
            return close("a client's " + type + " has an odd stream id above 0, not " + streamId);
        }
        switch (type) {
            case REQUEST_RESPONSE:
                // However large: a write is looked at, for its number.
                return admitsRequest(frame, streamId, typeAndFlags, HEADER_BYTES, FRAME_BYTES_MAX);
            case REQUEST_STREAM:
                return admitsRequest(
                                frame, streamId, typeAndFlags, HEADER_BYTES + REQUEST_N_BYTES, limits.requestBytesMax())
                        && admitsFirstDemand(frame, streamId);
            case REQUEST_CHANNEL:
                return admitsChannel(frame, streamId, typeAndFlags);
            case REQUEST_FNF, METADATA_PUSH:
                metrics.droppedFrame(); // the protocol has no answer to them
                return false;
            case REQUEST_N:
                return fits(size, HEADER_BYTES + REQUEST_N_BYTES, limits.requestBytesMax(), "REQUEST_N");
            case CANCEL:
                return fits(size, HEADER_BYTES, limits.requestBytesMax(), "CANCEL");
            case KEEPALIVE:
                return fits(size, HEADER_BYTES + POSITION_BYTES, KEEPALIVE_BYTES_MAX, "KEEPALIVE");
            case ERROR:
                return fits(size, HEADER_BYTES + ERROR_CODE_BYTES, limits.requestBytesMax(), "ERROR")
                        && admitsError(streamId);
            case PAYLOAD: // of no stream that is open: the rest of a request that was refused as a fragment
                return isChannel(streamId) && !requestsOver && admitsPayload(frame, typeAndFlags);
            case EXT:
                return false; // it may be passed over
            default:
                return close("a client does not send " + type + " after its SETUP");
        }
    }

    /** @param before bytes before the length of the metadata */
    private boolean admitsRequest(ByteBuf frame, int streamId, int flags, int before, int bytesMax) {
        int size = frame.readableBytes();
        if (size > bytesMax) {
            return refuse(streamId, ErrorCode.TOO_LARGE, tooLarge(bytesMax, size));
        }
        String wrong = whatIsWrongWith(frame, flags, before);
        return wrong == null || refuse(streamId, ErrorCode.MALFORMED, "the request " + wrong);
    }

    /** RSocket would pass the request over without a word. */
    private boolean admitsFirstDemand(ByteBuf frame, int streamId) {
        int requestN = frame.getInt(frame.readerIndex() + HEADER_BYTES);
        return requestN > 0
                || refuse(streamId, ErrorCode.MALFORMED, "the initial request n is above 0, not " + requestN);
    }

    private boolean admitsChannel(ByteBuf frame, int streamId, int flags) {
        if (!admitsRequest(frame, streamId, flags, HEADER_BYTES + REQUEST_N_BYTES, channelBytesMax())) {
            return false;
        }
        int requestN = frame.getInt(frame.readerIndex() + HEADER_BYTES);
        if (requestN != Integer.MAX_VALUE) {
            return refuse(
                    streamId,
                    ErrorCode.MALFORMED,
                    "answers on a request-channel come when they are there: its initial request n is "
                            + Integer.MAX_VALUE + ", not " + requestN);
        }
        if (channel != 0) {
            return refuse(streamId, ErrorCode.LIMIT_REACHED, "this connection has its request-channel");
        }
        admittedChannel = streamId;
        requestsOver = (flags & FrameHeaderCodec.FLAGS_C) != 0;
        return true;
    }

    /** RSocket has the channel: what is wrong with its frames cannot be said on it without confusing the two. */
    private boolean admitsPayload(ByteBuf frame, int flags) {
        String wrong = (flags & (FrameHeaderCodec.FLAGS_N | FrameHeaderCodec.FLAGS_C)) == 0
                ? "has neither the flag next nor the flag complete"
                : whatIsWrongWith(frame, flags, HEADER_BYTES);
        requestsOver = (flags & FrameHeaderCodec.FLAGS_C) != 0;
        return wrong == null
                ? fits(frame.readableBytes(), HEADER_BYTES, channelBytesMax(), "PAYLOAD")
                : close("a frame PAYLOAD " + wrong);
    }

    /** Behind the end of the requests RSocket would write it into the log. */
    private boolean admitsError(int streamId) {
        boolean admitted = !(isChannel(streamId) && requestsOver);
        requestsOver |= isChannel(streamId);
        return admitted;
    }

    private boolean isChannel(int streamId) {
        return channel != 0 && streamId == channel;
    }

    private int channelBytesMax() {
        return Math.max(limits.requestBytesMax(), PipelineFormat.PAYLOAD_BYTES_MAX + CHANNEL_OVERHEAD_BYTES_MAX);
    }

    /** RSocket has taken the channel that was let in last. */
    void channelOpen() {
        channel = admittedChannel;
    }

    /** There may be another one. */
    void channelOver() {
        channel = 0;
    }

    private static @Nullable String whatIsWrongWith(ByteBuf frame, int flags, int before) {
        int size = frame.readableBytes();
        if ((flags & FrameHeaderCodec.FLAGS_F) != 0) {
            return "comes in pieces: send it without fragmentation";
        }
        boolean metadata = (flags & FrameHeaderCodec.FLAGS_M) != 0;
        int content = before + (metadata ? METADATA_LENGTH_BYTES : 0);
        return size < content || metadata && size < content + frame.getUnsignedMedium(frame.readerIndex() + before)
                ? "ends inside its metadata"
                : null;
    }

    static String tooLarge(int max, int size) {
        return "a request has at most " + max + " bytes, not " + size;
    }

    /** Bytes of the frame that a request-response came in. */
    static int requestBytes(Payload request) {
        int content = request.sliceData().readableBytes();
        return request.hasMetadata()
                ? HEADER_BYTES + METADATA_LENGTH_BYTES + request.sliceMetadata().readableBytes() + content
                : HEADER_BYTES + content;
    }

    private boolean fits(int size, int min, int max, String type) {
        return size >= min && size <= max
                || close("a frame " + type + " has " + min + ".." + max + " bytes, not " + size);
    }

    private boolean refuse(int streamId, ErrorCode code, String message) {
        metrics.request(-1, code, 0);
        sendFrame(streamId, ErrorFrameCodec.encode(alloc(), streamId, Refusal.of(Refusal.because(code, message))));
        return false;
    }

    private boolean close(String why) {
        source.sendErrorAndClose(new ConnectionErrorException(why));
        return false;
    }

    private static @Nullable FrameType[] types() {
        @Nullable FrameType[] types = new @Nullable FrameType[64];
        for (FrameType type : FrameType.values()) {
            boolean onTheWire = type != FrameType.RESERVED && type.getEncodedType() < types.length;
            if (onTheWire && types[type.getEncodedType()] == null) { // NEXT and its kin share the number of PAYLOAD
                types[type.getEncodedType()] = type;
            }
        }
        return types;
    }

    @Override
    public void sendErrorAndClose(RSocketErrorException error) {
        source.sendErrorAndClose(error);
    }

    @Override
    public ByteBufAllocator alloc() {
        return source.alloc();
    }

    @Override
    public SocketAddress remoteAddress() {
        return source.remoteAddress();
    }

    @Override
    public Mono<Void> onClose() {
        return source.onClose();
    }

    @Override
    public void dispose() {
        source.dispose();
    }

    @Override
    public boolean isDisposed() {
        return source.isDisposed();
    }
}
