package io.fluxkeeper.server.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.MalformedRequestException;
import io.fluxkeeper.core.protocol.PipelineFormat;
import io.fluxkeeper.core.protocol.ServerReply;
import io.netty.buffer.ByteBuf;
import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/**
 * Many requests in a payload, many answers in a payload ({@link PipelineFormat}). The answers of a drain go out
 * together. The client's demand is without bound, as the gate saw to: what bounds the answers is what bounds requests,
 * here as elsewhere. Everything happens on the connection's event loop.
 */
final class Pipeline extends Flux<Payload> implements Subscription, PendingReply.Asker {
    /** Of the buffer that answers are gathered in; it grows when needed. */
    private static final int BYTES_TYPICAL = 4 << 10;

    private static final int ENTRY_BYTES_MIN = PipelineFormat.NUMBER_BYTES + 1;

    private final ClientConnection connection;
    private final Publisher<Payload> payloads;
    private @Nullable CoreSubscriber<? super Payload> subscriber;

    /** Answers that have not gone out. */
    private @Nullable ByteBuf gathered;

    private int unanswered;
    private boolean hasRoute;

    /** Whether a payload is being read, at whose end there is a flush anyway. */
    private boolean reading;

    private boolean complete;
    private boolean over;

    Pipeline(ClientConnection connection, Publisher<Payload> payloads) {
        this.connection = connection;
        this.payloads = payloads;
    }

    /** RSocket subscribes once, at once; its first payload comes before this method returns. */
    @Override
    public void subscribe(CoreSubscriber<? super Payload> actual) {
        subscriber = actual;
        actual.onSubscribe(this);
        payloads.subscribe(new Requests());
    }

    /** What comes in. */
    private final class Requests implements CoreSubscriber<Payload> {
        @Override
        public void onSubscribe(Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(Payload payload) {
            long start = System.nanoTime();
            reading = true;
            try {
                take(payload, start);
            } catch (MalformedRequestException wrong) {
                fail(connection.refusal(null, wrong, start));
            } finally {
                reading = false;
                payload.release();
            }
            flush();
        }

        /** The client's error, or the end of the channel or the connection: RSocket also cancels the answers. */
        @Override
        public void onError(Throwable error) {
            // that cancel says it
        }

        /** No more requests; the channel ends with the last answer. */
        @Override
        public void onComplete() {
            complete = true;
            flush();
        }
    }

    private void take(Payload payload, long startNanos) throws MalformedRequestException {
        if (!hasRoute) {
            connection.reader().requirePipeline(payload);
            hasRoute = true;
        }
        ByteBuf entries = payload.sliceData();
        requireWhole(entries);
        while (entries.isReadable()) {
            int length = entries.readUnsignedMedium();
            int number = entries.readInt();
            ask(number, entries.readSlice(length - PipelineFormat.NUMBER_BYTES), length, startNanos);
        }
    }

    /** Before the first request of a payload is carried out: it is whole, or none of it is. */
    private static void requireWhole(ByteBuf entries) throws MalformedRequestException {
        int size = entries.readableBytes();
        if (size > PipelineFormat.PAYLOAD_BYTES_MAX) {
            throw new MalformedRequestException(
                    ErrorCode.TOO_LARGE,
                    "a payload of the pipeline has at most " + PipelineFormat.PAYLOAD_BYTES_MAX + " bytes, not "
                            + size);
        }
        int end = entries.writerIndex();
        for (int at = entries.readerIndex(); at < end; ) {
            int length = end - at < PipelineFormat.LENGTH_BYTES ? -1 : entries.getUnsignedMedium(at);
            at += PipelineFormat.LENGTH_BYTES + length;
            if (length < ENTRY_BYTES_MIN || at > end) {
                throw new MalformedRequestException(
                        ErrorCode.MALFORMED,
                        "a payload of the pipeline is a list of entries: length (3 bytes), number (4), tag, data");
            }
        }
    }

    private void ask(int number, ByteBuf request, int size, long startNanos) {
        unanswered++;
        try {
            connection.ask(RouteTable.readTag(request), size, request, startNanos, this, number);
        } catch (MalformedRequestException wrong) {
            answered(number, connection.refusal(null, wrong, startNanos));
        }
    }

    @Override
    public boolean isGone() {
        return over;
    }

    @Override
    public void answered(int number, ServerReply answer) {
        if (over) {
            return;
        }
        unanswered--;
        ByteBuf out = gathered == null ? begin() : gathered;
        int start = out.writerIndex();
        boolean written = false;
        try {
            out.writeMedium(0).writeInt(number);
            write(answer, out);
            written = true;
        } finally {
            if (!written) {
                out.writerIndex(start); // the others are whole
            }
        }
        out.setMedium(start, out.writerIndex() - start - PipelineFormat.LENGTH_BYTES);
        if (out.readableBytes() > PipelineFormat.PAYLOAD_BYTES_MAX) {
            cutAt(start, out);
        }
    }

    private ByteBuf begin() {
        ByteBuf begun = connection.buffer(BYTES_TYPICAL);
        gathered = begun;
        if (!reading) {
            connection.outbox().flushLater(this);
        }
        return begun;
    }

    private void write(ServerReply answer, ByteBuf out) {
        if (answer instanceof ServerReply.Refused refused) {
            out.writeInt(refused.code().wireCode());
            out.writeCharSequence(ApiCodec.writeError(refused), UTF_8);
        } else {
            out.writeInt(PipelineFormat.ANSWERED);
            connection.encodeTo(out, answer);
        }
    }

    /** The last answer does not fit behind the others: it goes in a payload of its own. */
    private void cutAt(int start, ByteBuf out) {
        gathered = null;
        if (start > 0) {
            emit(out.readRetainedSlice(start));
        }
        emit(out);
    }

    /** Sends what was gathered. */
    void flush() {
        ByteBuf out = gathered;
        gathered = null;
        if (out != null) {
            emit(out);
        }
        CoreSubscriber<? super Payload> actual = subscriber;
        if (complete && unanswered == 0 && !over && actual != null) {
            end();
            actual.onComplete();
        }
    }

    private void emit(ByteBuf answers) {
        CoreSubscriber<? super Payload> actual = subscriber;
        if (actual == null) {
            answers.release();
        } else {
            actual.onNext(ByteBufPayload.create(answers));
        }
    }

    /** What is wrong with a payload is wrong with the channel: nobody can say which requests it held. */
    private void fail(ServerReply.Refused why) {
        CoreSubscriber<? super Payload> actual = subscriber;
        if (!over && actual != null) {
            end();
            actual.onError(Refusal.of(why));
        }
    }

    private void end() {
        over = true;
        if (gathered != null) {
            gathered.release();
            gathered = null;
        }
        connection.pipelineOver();
    }

    @Override
    public void request(long n) {
        // without bound from the beginning
    }

    /** Gives up the answers; the requests go their way, and count until theirs come. */
    @Override
    public void cancel() {
        connection.onLoop(() -> {
            if (!over) {
                end();
            }
        });
    }
}
