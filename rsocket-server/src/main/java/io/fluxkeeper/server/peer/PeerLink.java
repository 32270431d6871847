package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.PeerMessage.Lane;
import io.fluxkeeper.core.replica.PeerFrameCodec;
import io.fluxkeeper.core.replica.ReplicaEffect.SendFrame;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.server.loop.Mailbox;
import io.netty.channel.EventLoop;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * One connection with another peer. Lives on its event loop, where it also encodes and decodes; the replica thread only
 * drops frames into a queue and wakes the loop once for many of them.
 *
 * <p>Connecting, then open (both hellos on both lanes), then up (numbered by its {@link PeerSlot}), then closed; any
 * error closes it, for good.
 */
final class PeerLink {
    /** The largest frame that leaves and is taken in, with room for RSocket's header. */
    static final int PAYLOAD_BYTES_MAX = 2 << 20;

    static final int TRANSPORT_FRAME_MAX = PAYLOAD_BYTES_MAX + 1024;

    /** What all links of this process share. */
    record Shared(PeerFrameCodec codec, Mailbox mailbox, PeerLinksConfig.Bounds bounds, StateGiver giver) {}

    private final Shared shared;
    private final PeerSlot slot;
    private final EventLoop loop;
    private final long incarnation;
    private final Consumer<String> whenClosed;

    private final Sinks.Empty<Void> gone = Sinks.empty();

    // Written by the replica thread, read by the loop.
    private final Queue<SendFrame> inbox = new ConcurrentLinkedQueue<>();
    private final AtomicInteger inboxFrames = new AtomicInteger();
    private final AtomicInteger handledLogFrames = new AtomicInteger();
    private final AtomicInteger wakeups = new AtomicInteger();
    /** 0 before it is up. Written under the slot's lock. */
    private volatile long number;
    /** Also read by the replica thread, to drop frames for a link that is gone. */
    private volatile boolean closed;

    // The loop's own.
    private final BinaryWriter scratch = new BinaryWriter(4096);
    private @Nullable RSocket rsocket;
    private @Nullable LaneStream logLane;
    private @Nullable LaneStream liveLane;

    /** @param whenClosed told once, on the loop, why it closed; after the slot */
    PeerLink(Shared shared, PeerSlot slot, EventLoop loop, long incarnation, Consumer<String> whenClosed) {
        this.shared = shared;
        this.slot = slot;
        this.loop = loop;
        this.incarnation = incarnation;
        this.whenClosed = whenClosed;
    }

    long number() {
        return number;
    }

    /** Of the process at the other end; 0 when this side dialled. */
    long incarnation() {
        return incarnation;
    }

    EventLoop loop() {
        return loop;
    }

    boolean isClosed() {
        return closed;
    }

    /** The accepting side's beginning: the dialler will open the lanes. */
    void accept(RSocket requester) {
        rsocket = requester;
        requester.onClose().subscribe(nothing -> {}, error -> close(reasonOf(error)), () -> close("connection closed"));
    }

    /** The dialling side's beginning: opens both lanes. */
    void dial(RSocket requester) {
        if (closed) {
            requester.dispose();
            return;
        }
        accept(requester);
        for (Lane lane : Lane.values()) {
            LaneStream stream = new LaneStream(this, lane, null);
            requester.requestChannel(stream.outgoing()).subscribe(stream);
        }
    }

    /** A lane's hello has come. */
    void opened(LaneStream stream) {
        boolean isLog = stream.lane() == Lane.LOG;
        if (closed || (isLog ? logLane : liveLane) != null) {
            close("a lane was opened twice");
            return;
        }
        if (isLog) {
            logLane = stream;
        } else {
            liveLane = stream;
        }
        if (logLane != null && liveLane != null) {
            // Before the last hello is answered: a link that is not wanted here must not come up over there.
            slot.established(this);
        }
        stream.flush();
    }

    /** Whether both lanes are open, so that it is up or waits for an older link to go down. On the loop. */
    boolean isOpen() {
        return logLane != null && liveLane != null;
    }

    /** From now on messages may come and go. Called by the slot, on any loop. */
    void up(long linkNumber) {
        number = linkNumber;
        onLoop(() -> {
            if (!closed && logLane != null && liveLane != null) {
                logLane.request(LaneStream.LOG_PREFETCH);
                liveLane.request(LaneStream.LIVE_PREFETCH);
            }
        });
    }

    /** Queues the frame. On the replica thread. */
    void send(SendFrame frame) {
        if (closed) {
            return;
        }
        if (inboxFrames.incrementAndGet() > shared.bounds.unencodedFramesMax()) {
            close("more than " + shared.bounds.unencodedFramesMax() + " frames wait to be encoded");
            return;
        }
        inbox.add(frame);
        wake();
    }

    /** One task on the loop for all that happened since the last one began. From any thread. */
    private void wake() {
        if (wakeups.getAndIncrement() == 0) {
            onLoopLater(this::drain);
        }
    }

    private void drain() {
        int seen = wakeups.get();
        do {
            sendQueued();
            int handled = handledLogFrames.getAndSet(0);
            if (handled > 0 && !closed && logLane != null) {
                logLane.request(handled);
            }
            seen = wakeups.addAndGet(-seen);
        } while (seen != 0);
    }

    private void sendQueued() {
        for (SendFrame frame = inbox.poll(); frame != null; frame = inbox.poll()) {
            inboxFrames.decrementAndGet();
            LaneStream stream = frame.lane() == Lane.LOG ? logLane : liveLane;
            if (!closed && stream != null) {
                encode(frame.messages(), stream);
            }
        }
        if (!closed && logLane != null && liveLane != null) {
            logLane.flush();
            liveLane.flush();
            checkQueues(logLane.queuedBytes(), liveLane.queuedBytes());
        }
    }

    private void encode(List<PeerMessage> messages, LaneStream stream) {
        scratch.clear();
        for (PeerMessage message : messages) {
            int before = scratch.size();
            try {
                shared.codec.write(message, scratch);
            } catch (RuntimeException unknown) {
                close("a message cannot be encoded: " + unknown.getMessage());
                return;
            }
            if (scratch.size() - before > PAYLOAD_BYTES_MAX) {
                close("a message of " + (scratch.size() - before) + " bytes is larger than a frame");
                return;
            }
            if (scratch.size() > LaneStream.FRAME_BYTES && before > 0) {
                cut(before, stream);
            }
        }
        if (scratch.size() > 0) {
            stream.offer(scratch.toByteArray());
        }
    }

    /** Queues the first {@code size} bytes of the scratch and keeps the rest. */
    private void cut(int size, LaneStream stream) {
        byte[] all = scratch.toByteArray();
        scratch.clear();
        scratch.writeRaw(all, size, all.length - size);
        stream.offer(Arrays.copyOf(all, size));
    }

    private void checkQueues(long logBytes, long liveBytes) {
        slot.metrics().queued(logBytes + liveBytes);
        if (logBytes > shared.bounds.logQueueBytesMax()) {
            close(logBytes + " bytes wait in the log lane and the peer does not take them");
        } else if (liveBytes > shared.bounds.liveQueueBytesMax()) {
            close(liveBytes + " bytes wait in the live lane and the peer does not take them");
        }
    }

    void countSent(int bytes) {
        slot.metrics().sent(bytes);
    }

    /** A frame after the hello. Nothing is passed on after LinkDown, which the loop itself has made happen. */
    void received(LaneStream stream, BinaryReader in) {
        if (closed) {
            return;
        }
        slot.metrics().received(in.remaining());
        List<ReplicaInput> inputs = new ArrayList<>();
        for (PeerMessage message : shared.codec.read(in)) {
            if (message.lane() != stream.lane()) {
                close("a message of the lane " + message.lane() + " came by the lane " + stream.lane());
                return;
            }
            inputs.add(new ReplicaInput.Consensus(new Input.Received(slot.peer(), number, message)));
        }
        if (stream.lane() == Lane.LOG) {
            shared.mailbox.log(inputs, this::handled);
        } else {
            deliverLive(stream, inputs);
        }
    }

    /** On the replica thread. */
    private void handled() {
        handledLogFrames.incrementAndGet();
        wake();
    }

    private void deliverLive(LaneStream stream, List<ReplicaInput> inputs) {
        for (ReplicaInput input : inputs) {
            if (!shared.mailbox.live(input)) {
                close("the mailbox's live lane is full");
                return;
            }
        }
        stream.liveFrameHandled();
    }

    /** Closes it, for good; safe from any thread, any number of times. The first reason counts. */
    void close(String reason) {
        onLoop(() -> {
            if (closed) {
                return;
            }
            closed = true;
            slot.gone(this, reason);
            if (rsocket != null) {
                rsocket.dispose();
            }
            inbox.clear();
            whenClosed.accept(reason);
            gone.tryEmitEmpty();
        });
    }

    /** Complete once it is closed. */
    Mono<Void> gone() {
        return gone.asMono();
    }

    /** What the other peer may ask of this one by this connection. */
    RSocket responder(boolean dialled) {
        return new RSocket() {
            @Override
            public Flux<Payload> requestChannel(Publisher<Payload> payloads) {
                if (dialled) {
                    return Flux.error(new IllegalStateException("the dialler opens the lanes"));
                }
                return Flux.from(new LaneStream(PeerLink.this, null, payloads).outgoing());
            }

            @Override
            public Flux<Payload> requestStream(Payload payload) {
                BinaryReader request = reader(payload);
                payload.release();
                return shared.giver.fetch(number, request);
            }

            @Override
            public Mono<Void> metadataPush(Payload payload) {
                payload.release();
                return Mono.empty();
            }
        };
    }

    /** Null before the connection is made. On the loop. */
    @Nullable RSocket requester() {
        return rsocket;
    }

    /** Runs the task on the loop, at once when this is the loop. Dropped once the loop has shut down. */
    void onLoop(Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
        } else {
            onLoopLater(task);
        }
    }

    /** Runs the task on the loop after what waits there. Dropped once the loop has shut down. */
    void onLoopLater(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException shutDown) {
            // The process stops: nobody is left who could be told.
            inbox.clear();
        }
    }

    static BinaryReader reader(Payload payload) {
        ByteBuffer data = payload.getData();
        if (data.hasArray()) {
            return new BinaryReader(data.array(), data.arrayOffset() + data.position(), data.remaining());
        }
        byte[] copy = new byte[data.remaining()];
        data.get(copy);
        return new BinaryReader(copy);
    }

    static String reasonOf(Throwable error) {
        if (error instanceof ClosedChannelException) {
            return "connection closed";
        }
        String message = error.getMessage();
        return message == null || message.isEmpty() ? error.getClass().getSimpleName() : message;
    }
}
