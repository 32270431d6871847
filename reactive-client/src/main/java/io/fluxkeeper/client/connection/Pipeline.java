package io.fluxkeeper.client.connection;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.PipelineFormat;
import io.fluxkeeper.core.protocol.Routes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.ByteBufUtil;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.util.ByteBufPayload;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Sinks;

/**
 * The requests that clients make in numbers, many in a payload ({@link PipelineFormat}): what is asked within one turn
 * of the loop leaves together at its end. The channel is opened with the first one. Touched by the client's loop only,
 * except where it says so.
 */
final class Pipeline implements CoreSubscriber<Payload> {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    /** Of the buffer that requests are gathered in; it grows when needed. */
    private static final int BYTES_USUAL = 4 << 10;

    private static final int ANSWER_BYTES_MIN =
            PipelineFormat.LENGTH_BYTES + PipelineFormat.NUMBER_BYTES + PipelineFormat.CODE_BYTES;

    /**
     * What goes through it, with the bytes of the tag. Not {@code znode.children}: who gives up its answer must say so to
     * the peer, which may hold a pin for it.
     */
    private static final Map<String, byte[]> TAGS = Stream.of(
                    Routes.ZNODE_CREATE,
                    Routes.ZNODE_GET,
                    Routes.ZNODE_SET,
                    Routes.ZNODE_DELETE,
                    Routes.ZNODE_EXISTS,
                    Routes.ZNODE_MULTI,
                    Routes.ZNODE_SYNC)
            .collect(Collectors.toUnmodifiableMap(Routes.Route::name, Pipeline::tag));

    /** More than a client may have pending: only at a peer that answers nothing do so many given up ones add up. */
    private static final int UNANSWERED_MAX = 65_536;

    private final Link link;
    private final RSocket rsocket;

    /** By their numbers, those given up too; at {@link #UNANSWERED_MAX} requests go alone. */
    private final IntObjectMap<Exchange<?>> unanswered = new IntObjectHashMap<>();

    private final Sinks.Many<Payload> payloads = Sinks.unsafe().many().unicast().onBackpressureBuffer();

    private @Nullable ByteBuf gathered;
    private int lastNumber;
    private boolean opened;

    /**
     * Whether the peer takes payloads without bound, as it says in answer to the first one. Until then one that waited
     * would be overtaken by what goes alone: so everything does.
     */
    private boolean granted;

    /** Why no answer will come any more; null as long as some may. */
    private @Nullable Throwable end;

    Pipeline(Link link, RSocket rsocket) {
        this.link = link;
        this.rsocket = rsocket;
    }

    /**
     * Null when it does not go this way: its route does not, it is too long, or the peer is not ready. Nor is it any more
     * when this is over: what goes alone then hears of it when the connection is closed, and not before, or a read that
     * is asked again and again would go round as fast as the loop does.
     */
    <R> @Nullable Exchange<R> request(
            Routes.Route<?, R> route, ClientRequest request, int attempt, ReplyHandler<? super R> handler) {
        byte[] tag = TAGS.get(route.name());
        if (tag == null
                || end != null
                || opened && !granted
                || unanswered.size() >= UNANSWERED_MAX
                || !gather(tag, route, request)) {
            return null;
        }
        Exchange<R> exchange = new Exchange<>(link, route, attempt, handler);
        unanswered.put(lastNumber, exchange);
        return exchange;
    }

    /** @return false when it is longer than a payload may be, and then nothing of it is left */
    private boolean gather(byte[] tag, Routes.Route<?, ?> route, ClientRequest request) {
        ByteBuf out = gathered == null ? begin() : gathered;
        int start = out.writerIndex();
        write(tag, route, request, out);
        int length = out.writerIndex() - start;
        out.setMedium(start, length - PipelineFormat.LENGTH_BYTES);
        if (out.writerIndex() <= PipelineFormat.PAYLOAD_BYTES_MAX) {
            return true;
        }
        byte[] last = ByteBufUtil.getBytes(out, start, Math.min(length, PipelineFormat.PAYLOAD_BYTES_MAX));
        out.writerIndex(start);
        flush();
        boolean fits = length == last.length && (granted || !opened);
        if (fits) {
            begin().writeBytes(last);
        }
        return fits;
    }

    private void write(byte[] tag, Routes.Route<?, ?> route, ClientRequest request, ByteBuf out) {
        int start = out.writerIndex();
        boolean written = false;
        try {
            out.writeMedium(0).writeInt(++lastNumber).writeBytes(tag);
            Link.CODEC.write(request, new ByteBufOutputStream(out));
            written = true;
        } catch (IOException impossible) {
            throw Link.cannotBeWritten(route, impossible);
        } finally {
            if (!written) {
                out.writerIndex(start); // the others are whole
            }
        }
    }

    private ByteBuf begin() {
        ByteBuf begun = ByteBufAllocator.DEFAULT.buffer(BYTES_USUAL);
        gathered = begun;
        link.loop().execute(this::flush);
        return begun;
    }

    /** Sends what was gathered. */
    void flush() {
        ByteBuf data = gathered;
        gathered = null;
        if (data == null) {
            return;
        }
        if (end != null || !data.isReadable()) {
            data.release();
        } else if (opened) {
            emit(ByteBufPayload.create(data));
        } else {
            opened = true;
            rsocket.requestChannel(payloads.asFlux().doOnRequest(n -> granted |= n >= Integer.MAX_VALUE))
                    .subscribe(this);
            emit(ByteBufPayload.create(data, RouteMetadata.of(PipelineFormat.ROUTE)));
        }
    }

    /** It fails when RSocket has cancelled: the connection is gone, or the peer takes no more requests. */
    private void emit(Payload payload) {
        if (payloads.tryEmitNext(payload).isFailure()) {
            payload.release();
            end(new IllegalStateException("the peer takes no more requests"), false);
        }
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Payload payload) {
        try {
            takeAll(payload);
        } finally {
            payload.release();
        }
    }

    private void takeAll(Payload payload) {
        byte[] bytes = link.bytesOf(payload);
        ByteBuf entries = payload.sliceData();
        int first = entries.readerIndex();
        while (entries.isReadable() && !link.isClosed()) {
            int length = entries.readableBytes() < ANSWER_BYTES_MIN ? 0 : entries.readUnsignedMedium();
            int dataLength = length - PipelineFormat.NUMBER_BYTES - PipelineFormat.CODE_BYTES;
            Exchange<?> exchange =
                    dataLength < 0 || length > entries.readableBytes() ? null : unanswered.remove(entries.readInt());
            if (exchange == null) {
                end(new IllegalStateException("what came is no answer to anything that was asked"), true);
                return;
            }
            int code = entries.readInt();
            take(exchange, code, bytes, entries.readerIndex() - first, dataLength);
            entries.skipBytes(dataLength);
        }
    }

    private static void take(Exchange<?> exchange, int code, byte[] bytes, int offset, int length) {
        guarded(() -> {
            if (code == PipelineFormat.ANSWERED) {
                exchange.replied(bytes, offset, length);
            } else {
                exchange.refused(ApiCodec.readError(new String(bytes, offset, length, UTF_8)));
            }
        });
    }

    /** On any thread, and even within the sending, when the connection ended. */
    @Override
    public void onError(Throwable error) {
        end(error, Failures.isViolation(error));
    }

    /** No Fluxkeeper peer ends it. */
    @Override
    public void onComplete() {
        end(new IllegalStateException("the peer ended the " + PipelineFormat.ROUTE), true);
    }

    /** Without its pipeline the connection is of no use. */
    private void end(Throwable why, boolean violation) {
        link.loop().execute(() -> {
            if (end != null) {
                return;
            }
            end = why;
            if (violation) {
                link.violated(why);
            } else {
                link.close();
            }
            List<Exchange<?>> lost = List.copyOf(unanswered.values());
            unanswered.clear();
            lost.forEach(exchange -> guarded(() -> exchange.lost(why)));
        });
    }

    /** A subscriber that throws must not take the answers of others with it. */
    private static void guarded(Runnable signal) {
        try {
            signal.run();
        } catch (RuntimeException thrown) {
            LOG.error("a subscriber threw on its answer", thrown);
        }
    }

    private static byte[] tag(Routes.Route<?, ?> route) {
        byte[] name = route.name().getBytes(US_ASCII);
        byte[] tag = new byte[1 + name.length];
        tag[0] = (byte) name.length;
        System.arraycopy(name, 0, tag, 1, name.length);
        return tag;
    }
}
