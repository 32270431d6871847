package io.fluxkeeper.server.client;

import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.MalformedRequestException;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.znode.Identity;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.exceptions.ConnectionCloseException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One client's connection after its SETUP: requests in, answers out. Lives on its event loop, where everything here
 * runs.
 *
 * <p>All it tells the replica goes through the mailbox's client lane, in order, so that the end of a connection never
 * overtakes its requests. What the replica must hear even when that lane is full (demand, cancels, the end) is held
 * here meanwhile, at most two of them for each watch; requests are then refused.
 */
final class ClientConnection implements RSocket {
    private static final byte[] NO_PASSWORD = {};

    /** Until a request can name an identity: everybody. */
    private static final List<Identity> IDENTITIES = List.of(Identity.ANYONE);

    /** How long to wait before the mailbox is tried again; it drains thousands of inputs in that time. */
    private static final long HELD_RETRY_MILLIS = 2;

    private final long number;
    private final Channel channel;
    private final FrameGate gate;
    private final UnsentBytes unsent;
    private final ClientServices services;
    private final ApiCodec codec;
    private final RequestReader reader;
    private final Outbox outbox;
    private final UnansweredBytes.OfConnection unansweredBytes;

    private final ArrayDeque<Object> held = new ArrayDeque<>();
    private int unanswered;
    private int watching;
    private @Nullable Pipeline pipeline;
    private boolean closing;

    ClientConnection(
            Channel channel,
            FrameGate gate,
            UnsentBytes unsent,
            ClientServices services,
            ApiCodec codec,
            boolean compositeMetadata) {
        this.number = services.nextNumber();
        this.channel = channel;
        this.gate = gate;
        this.unsent = unsent;
        this.services = services;
        this.codec = codec;
        this.reader =
                new RequestReader(codec, compositeMetadata, services.limits().requestBytesMax());
        this.outbox = services.port().outboxOf(channel.eventLoop());
        this.unansweredBytes = services.unanswered().new OfConnection();
    }

    long number() {
        return number;
    }

    Outbox outbox() {
        return outbox;
    }

    @Override
    public Mono<Payload> requestResponse(Payload payload) {
        long start = System.nanoTime();
        SingleReply reply = new SingleReply(this);
        try {
            RouteTable.Entry route = reader.route(payload);
            ask(route, FrameGate.requestBytes(payload), payload.sliceData(), start, reply, 0);
        } catch (MalformedRequestException wrong) {
            reply.answered(0, refusal(null, wrong, start));
        } finally {
            payload.release();
        }
        return reply;
    }

    /** RSocket gives the first payload behind the subscription. */
    @Override
    public Flux<Payload> requestChannel(Publisher<Payload> payloads) {
        gate.channelOpen();
        Pipeline opened = new Pipeline(this, payloads);
        pipeline = opened; // the gate lets in one at a time
        return opened;
    }

    @Override
    public Flux<Payload> requestStream(Payload payload) {
        long start = System.nanoTime();
        RouteTable.@Nullable Entry route = null;
        try {
            route = reader.route(payload);
            if (!route.route().stream()) {
                throw new MalformedRequestException(
                        ErrorCode.MALFORMED, route.route() + " is a request-response, not a request-stream");
            }
            ClientRequest request = reader.read(route, 0, payload.sliceData()); // the gate knows its size
            return new WatchStream(this, route, (ClientRequest.StreamRequest) request, start, services.nextNumber());
        } catch (MalformedRequestException wrong) {
            return Flux.error(Refusal.of(refusal(route, wrong, start)));
        } finally {
            payload.release();
        }
    }

    /**
     * Reads a request and hands it to the replica; whatever comes of it, the asker hears.
     *
     * @param size bytes of all that belongs to the request
     */
    void ask(
            RouteTable.Entry route,
            int size,
            ByteBuf data,
            long startNanos,
            PendingReply.Asker asker,
            int askedNumber) {
        int begin = data.readerIndex();
        PendingReply pending;
        try {
            if (route.route().stream()) {
                throw new MalformedRequestException(
                        ErrorCode.MALFORMED, route.route() + " is a request-stream, not a request-response");
            }
            pending = new PendingReply(this, route, reader.read(route, size, data), startNanos, asker, askedNumber);
        } catch (MalformedRequestException wrong) {
            PendingReply.Invalid numbered = reader.numbered(route, data.readerIndex(begin), wrong);
            if (numbered == null) {
                asker.answered(askedNumber, refusal(route, wrong, startNanos));
                return;
            }
            pending = new PendingReply(this, route, numbered, startNanos, asker, askedNumber);
        }
        pending.submit(size);
    }

    ServerReply.Refused refusal(RouteTable.@Nullable Entry route, MalformedRequestException wrong, long startNanos) {
        services.metrics().request(route == null ? -1 : route.index(), wrong.code(), System.nanoTime() - startNanos);
        return Refusal.because(wrong.code(), wrong.getMessage());
    }

    /** Hands a request to the replica. @return why not, or null: its answer will come */
    ServerReply.@Nullable Refused submit(PendingReply pending) {
        if (unanswered >= services.limits().requestsMax()) {
            return Refusal.because(
                    ErrorCode.TOO_BUSY,
                    "this connection has its " + services.limits().requestsMax()
                            + " requests that are not answered yet");
        }
        if (unsent.isFull()) {
            return Refusal.because(ErrorCode.TOO_BUSY, "this connection does not read what was sent to it");
        }
        if (!unansweredBytes.take(pending.bytes)) {
            return Refusal.because(
                    ErrorCode.TOO_BUSY,
                    "this peer has " + services.unanswered().counted()
                            + " bytes of requests that are not answered yet; try again later");
        }
        boolean opens = pending.request instanceof ClientRequest.OpenSession open && open.session() == null;
        byte[] password = opens ? services.passwords().next() : NO_PASSWORD;
        if (!offer(pending.input(password, IDENTITIES))) {
            unansweredBytes.giveBack(pending.bytes);
            return mailboxFull();
        }
        unanswered++;
        return null;
    }

    /** Starts a watch. @return why not, or null */
    ServerReply.@Nullable Refused submit(WatchStream watch) {
        if (watching >= services.limits().subscriptionsMax()) {
            return Refusal.because(
                    ErrorCode.LIMIT_REACHED,
                    "this connection has its " + services.limits().subscriptionsMax() + " watches");
        }
        services.port().add(watch); // before the replica can emit to it
        if (!offer(new ReplicaInput.Subscribed(number, watch.number, watch.request, IDENTITIES))) {
            services.port().remove(watch);
            return mailboxFull();
        }
        watching++;
        return null;
    }

    private static ServerReply.Refused mailboxFull() {
        return Refusal.because(
                ErrorCode.TOO_BUSY, "this peer has as many requests waiting as it takes; try again later");
    }

    private boolean offer(ReplicaInput input) {
        return !closing && held.isEmpty() && services.mailbox().client(input);
    }

    /** A subscriber's further demand; what is held of it becomes one input, however often it asks. */
    void demand(WatchStream watch, long items) {
        if (closing || watch.heldDemand == 0 && offer(new ReplicaInput.Demanded(watch.number, items))) {
            return;
        }
        if (watch.heldDemand == 0) {
            hold(watch);
        }
        long sum = watch.heldDemand + items;
        watch.heldDemand = sum < 0 ? Long.MAX_VALUE : sum;
    }

    void cancelled(WatchStream watch) {
        if (forget(watch) && !closing) { // the end of the connection says it of all its watches
            tell(new ReplicaInput.Cancelled(watch.number));
        }
    }

    void ended(WatchStream watch, ServerReply.Refused why) {
        forget(watch);
        count(watch.route, why, watch.startNanos);
    }

    private boolean forget(WatchStream watch) {
        boolean there = services.port().remove(watch);
        watching -= there ? 1 : 0;
        return there;
    }

    /** The answer to a request that was taken; it frees its place, wanted or not. */
    void answered(PendingReply pending, ServerReply answer) {
        unanswered--;
        unansweredBytes.giveBack(pending.bytes);
        count(pending.route, answer, pending.startNanos);
    }

    /** Nobody waits for it any more; a pin that came with it would be held for nobody. */
    void unwanted(PendingReply pending, ServerReply answer) {
        if (answer instanceof ServerReply.ChildNames names && names.pin() != null) {
            ClientRequest unpin = new ClientRequest.Unpin(names.pin());
            tell(new PendingReply(this, pending.route, unpin, pending.startNanos, PendingReply.NOBODY, 0)
                    .input(NO_PASSWORD, IDENTITIES));
        }
    }

    void count(RouteTable.Entry route, ServerReply answer, long startNanos) {
        services.metrics()
                .request(
                        route.index(),
                        answer instanceof ServerReply.Refused refused ? refused.code() : null,
                        System.nanoTime() - startNanos);
    }

    /** The receiver releases it. */
    Payload encode(Object message) {
        return outbox.encoder().encode(message, codec, channel.alloc());
    }

    /** As {@link #encode}, of something that may go to many connections as one object. */
    Payload encodeShared(WatchItem item) {
        return outbox.encoder().encodeShared(item, codec, channel.alloc());
    }

    RequestReader reader() {
        return reader;
    }

    /** The answers that the pipeline has gathered go out before what its connection sends next. */
    void flush() {
        if (pipeline != null) {
            pipeline.flush();
        }
    }

    void pipelineOver() {
        pipeline = null;
        gate.channelOver();
    }

    /** Writes an answer behind what is in the buffer. */
    void encodeTo(ByteBuf out, Object message) {
        outbox.encoder().encodeTo(out, message, codec);
    }

    /** RSocket may cancel on the thread of its keep-alives. */
    void onLoop(Runnable task) {
        if (channel.eventLoop().inEventLoop()) {
            task.run();
        } else {
            channel.eventLoop().execute(task);
        }
    }

    ByteBuf buffer(int bytes) {
        return channel.alloc().ioBuffer(bytes);
    }

    private void tell(ReplicaInput input) {
        if (!(held.isEmpty() && services.mailbox().client(input))) {
            hold(input);
        }
    }

    /** @param inputOrWatch an input, or a watch whose held demand is to be told */
    private void hold(Object inputOrWatch) {
        held.add(inputOrWatch);
        if (held.size() == 1) {
            tellHeldLater();
        }
    }

    private void tellHeldLater() {
        channel.eventLoop().schedule(this::tellHeld, HELD_RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void tellHeld() {
        for (Object first = held.peek(); first != null; first = held.peek()) {
            ReplicaInput input = first instanceof WatchStream watch
                    ? new ReplicaInput.Demanded(watch.number, watch.heldDemand)
                    : (ReplicaInput) first;
            if (!services.mailbox().client(input)) {
                tellHeldLater();
                return;
            }
            held.remove();
            if (first instanceof WatchStream watch) {
                watch.heldDemand = 0;
            }
        }
    }

    /** On the replica thread: items for a stream of this connection are on their way here. */
    void emitted(long bytes) {
        unsent.emitted(bytes);
    }

    /** They were encoded, or are not wanted any more. @param sent how many were wanted */
    void encoded(int sent, long bytes) {
        unsent.encoded(bytes);
        services.metrics().watchItems(sent);
    }

    /** Not in the client lane: it must reach the replica while that is full, and overtaking does no harm. */
    void congested(boolean congested) {
        if (!closing) {
            services.mailbox().internal(new ReplicaInput.ConnectionCongested(number, congested));
        }
    }

    void overflow(long unsentBytes) {
        if (!closing) {
            services.metrics().closedForUnsentBytes();
            close("this connection has " + unsentBytes + " unsent bytes, more than "
                    + services.limits().unsentBytesMax());
            channel.close(); // the words would wait behind what the client does not read
        }
    }

    /** Complete when the channel is closed. */
    Mono<Void> whenClosed() {
        return Mono.create(sink -> channel.closeFuture().addListener(closed -> sink.success()));
    }

    /** Closes without words. */
    void abort() {
        channel.close();
    }

    /** Says why and closes. */
    void close(String reason) {
        if (!closing) {
            closing = true;
            flush();
            gate.sendErrorAndClose(new ConnectionCloseException(reason));
        }
    }

    /** The channel is closed. RSocket cancels what was open, which may come before this or after. */
    void closed() {
        closing = true;
        unansweredBytes.close();
        services.port().remove(this);
        tell(new ReplicaInput.ConnectionClosed(number));
    }
}
