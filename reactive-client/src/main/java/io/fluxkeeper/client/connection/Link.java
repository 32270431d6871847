package io.fluxkeeper.client.connection;

import io.fluxkeeper.client.BadRequestException;
import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Routes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.util.ByteBufPayload;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One connection to one peer. Requests leave in the order of the calls. Touched by the client's loop only; what other
 * threads have to say (a keep-alive that ran out) is handed over to it.
 */
public final class Link {
    static final ApiCodec CODEC = ApiCodec.of(ApiCodec.Format.CBOR);

    /** Bytes of a request's first buffer; it grows when needed. */
    private static final int REQUEST_BYTES_USUAL = 256;

    /** What is with the data in a frame, and what a request may grow by when it is sent again. */
    private static final int HEADROOM_BYTES = 1_024;

    /** More than any peer takes: what is longer is not sent, since no answer would come. */
    private static final int REQUEST_BYTES_MAX = ApiCodec.MESSAGE_BYTES_MAX - HEADROOM_BYTES;

    private final Address address;
    private final RSocket rsocket;
    private final ClientLoop loop;
    private final Pipeline pipeline;

    /** Bytes of the reply that is being read; kept, since replies come one after the other. */
    private byte[] scratch = new byte[1024];

    private boolean closed;
    private @Nullable Throwable violation;

    Link(Address address, RSocket rsocket, ClientLoop loop) {
        this.address = address;
        this.rsocket = rsocket;
        this.loop = loop;
        this.pipeline = new Pipeline(this, rsocket);
    }

    public Address address() {
        return address;
    }

    /**
     * Sends a request for one reply.
     *
     * @param attempt 1 for the first, or 0 where there is no other; given back with the answer
     * @throws BadRequestException at the first attempt, if it is longer than any peer takes: nothing was sent
     */
    public <R> Exchange<R> request(
            Routes.Route<?, R> route, ClientRequest request, int attempt, ReplyHandler<? super R> handler) {
        Exchange<R> pipelined = pipeline.request(route, request, attempt, handler);
        return pipelined != null ? pipelined : requestAlone(route, request, attempt, handler);
    }

    private <R> Exchange<R> requestAlone(
            Routes.Route<?, R> route, ClientRequest request, int attempt, ReplyHandler<? super R> handler) {
        Payload payload = encode(route, request, attempt <= 1 ? REQUEST_BYTES_MAX : Integer.MAX_VALUE);
        SingleExchange<R> exchange = new SingleExchange<>(this, route, attempt, handler);
        pipeline.flush();
        rsocket.requestResponse(payload).subscribe(exchange);
        return exchange;
    }

    /**
     * Opens a stream that may send {@code demand} items at first.
     *
     * @throws BadRequestException as {@link #request}
     */
    public <R> ItemStream<R> stream(
            Routes.Route<?, R> route, ClientRequest request, int demand, StreamHandler<? super R> handler) {
        Payload payload = encode(route, request, REQUEST_BYTES_MAX);
        ItemStream<R> stream = new ItemStream<>(this, route, demand, handler);
        pipeline.flush();
        rsocket.requestStream(payload).subscribe(stream);
        return stream;
    }

    /** Runs the task on the loop when this connection is gone, for whatever reason. */
    public void whenClosed(Runnable task) {
        rsocket.onClose().subscribe(done -> {}, failed -> loop.execute(task), () -> loop.execute(task));
    }

    /** Closes it. Whoever waits for an answer hears that it is lost. */
    public void close() {
        closed = true;
        rsocket.dispose();
    }

    /** What the peer broke the protocol with, or said when it closed the connection; null for neither. */
    public @Nullable Throwable violation() {
        return violation;
    }

    ClientLoop loop() {
        return loop;
    }

    /** The peer said what no Fluxkeeper peer says: nothing on this connection can be trusted. */
    void violated(Throwable how) {
        violation = how;
        close();
    }

    /** Whether this side closed it; what still comes is not looked at. */
    boolean isClosed() {
        return closed;
    }

    <R> R decode(Routes.Route<?, R> route, Payload payload) {
        int length = payload.sliceData().readableBytes();
        return CODEC.readReply(route.reply(), bytesOf(payload), 0, length);
    }

    /** The payload's data, from 0 on; void when the next payload comes. */
    byte[] bytesOf(Payload payload) {
        ByteBuf data = payload.sliceData();
        int length = data.readableBytes();
        if (length > scratch.length) {
            scratch = new byte[Math.max(length, scratch.length * 2)];
        }
        data.readBytes(scratch, 0, length);
        return scratch;
    }

    private static Payload encode(Routes.Route<?, ?> route, ClientRequest request, int bytesMax) {
        ByteBuf data = ByteBufAllocator.DEFAULT.buffer(REQUEST_BYTES_USUAL);
        boolean written = false;
        try {
            CODEC.write(request, new ByteBufOutputStream(data));
            written = true;
        } catch (IOException impossible) {
            throw cannotBeWritten(route, impossible);
        } finally {
            if (!written) {
                data.release();
            }
        }
        int length = data.readableBytes();
        if (length > bytesMax) {
            data.release();
            throw new BadRequestException(
                    ErrorCode.TOO_LARGE,
                    "a " + route.name() + " of " + length + " bytes is not sent: no peer takes more than " + bytesMax,
                    null);
        }
        return ByteBufPayload.create(data, RouteMetadata.of(route.name()));
    }

    /** Memory takes everything, so it is what was to be written that is no good: text that is no Unicode. */
    static BadRequestException cannotBeWritten(Routes.Route<?, ?> route, IOException why) {
        return new BadRequestException(
                ErrorCode.BAD_ARGUMENTS, "a " + route.name() + " cannot be written: " + why.getMessage(), null);
    }
}
