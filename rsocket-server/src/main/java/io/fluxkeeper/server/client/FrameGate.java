package io.fluxkeeper.server.client;

import io.fluxkeeper.core.protocol.ErrorCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.rsocket.DuplexConnection;
import io.rsocket.RSocketErrorException;
import io.rsocket.exceptions.ConnectionErrorException;
import io.rsocket.frame.ErrorFrameCodec;
import io.rsocket.frame.FrameHeaderCodec;
import io.rsocket.frame.FrameType;
import java.net.SocketAddress;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Stands before RSocket and lets in only what the API is made of, so that RSocket keeps no state for the rest: no
 * fragments, nothing too large, no channels. Counts what goes out.
 */
final class FrameGate implements DuplexConnection {
    /** Stream id, type and flags. */
    private static final int HEADER_BYTES = 6;

    private static final int FLAG_BITS = 10;
    private static final int FOLLOWS = FrameHeaderCodec.FLAGS_F;

    /** KEEPALIVE data is sent back as it came: enough for a timestamp or a trace id. */
    private static final int KEEPALIVE_BYTES_MAX = 256;

    private final DuplexConnection source;
    private final UnsentBytes unsent;
    private final ClientLimits limits;
    private final ClientMetrics metrics;
    private boolean setUp;

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
        int streamId = frame.getInt(frame.readerIndex());
        int typeAndFlags = frame.getUnsignedShort(frame.readerIndex() + 4);
        int type = typeAndFlags >>> FLAG_BITS;
        boolean follows = (typeAndFlags & FOLLOWS) != 0;
        if (!setUp) {
            setUp = true; // RSocket itself refuses a first frame that is no SETUP
            return size <= limits.requestBytesMax() || close("a SETUP has at most " + limits.requestBytesMax() + " bytes");
        }
        if (type == FrameType.REQUEST_RESPONSE.getEncodedType() || type == FrameType.REQUEST_STREAM.getEncodedType()) {
            return admitsRequest(streamId, size, follows);
        }
        if (type == FrameType.REQUEST_CHANNEL.getEncodedType()) {
            return refuse(
                    streamId,
                    ErrorCode.UNIMPLEMENTED,
                    "no route is a request-channel: watch is a request-stream, all others are request-response");
        }
        if (type == FrameType.REQUEST_FNF.getEncodedType() || type == FrameType.METADATA_PUSH.getEncodedType()) {
            metrics.droppedFrame(); // the protocol has no answer to them
            return false;
        }
        if (type == FrameType.KEEPALIVE.getEncodedType() && size > KEEPALIVE_BYTES_MAX) {
            return close("a KEEPALIVE has at most " + KEEPALIVE_BYTES_MAX + " bytes, not " + size);
        }
        return size <= limits.requestBytesMax() || close("a frame has at most " + limits.requestBytesMax() + " bytes");
    }

    private boolean admitsRequest(int streamId, int size, boolean follows) {
        if (size > limits.requestBytesMax()) {
            return refuse(
                    streamId,
                    ErrorCode.TOO_LARGE,
                    "a request has at most " + limits.requestBytesMax() + " bytes, not " + size);
        }
        if (follows) { // RSocket passes over the fragments that follow, since it never saw the stream begin
            return refuse(streamId, ErrorCode.MALFORMED, "a request is one frame: send it without fragmentation");
        }
        return true;
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
