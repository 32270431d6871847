package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.consensus.PeerMessage.Lane;
import io.rsocket.Payload;
import io.rsocket.util.DefaultPayload;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/**
 * One request-channel of a link, both ways. Its first element in each direction is a hello that names the lane, since a
 * channel opens only with its first element. Confined to the link's event loop, except where signals of a dying
 * connection come from elsewhere: those only close the link, which changes threads by itself.
 */
final class LaneStream implements CoreSubscriber<Payload> {
    /** Log frames a side asks for before it has handled them; each may be large. */
    static final int LOG_PREFETCH = 4;

    /** Live frames, which are small. Asked for again by halves: asking for each would double the frames of an idle link. */
    static final int LIVE_PREFETCH = 16;

    /** Waiting frames are joined up to this size; only a single larger message makes a larger one. */
    static final int FRAME_BYTES = 1 << 20;

    /** A correct peer never has more than a hello and LIVE_PREFETCH outstanding; beyond, the link is closed. */
    private static final int DEMAND_MAX = 4 * LIVE_PREFETCH;

    private static final int HELLO_MAGIC = 0x464b4c41;

    private final PeerLink link;
    private final Outgoing outgoing = new Outgoing();
    private final @Nullable Publisher<Payload> incoming;
    private @Nullable Lane lane;
    private boolean greeted;
    private @Nullable Subscription subscription;
    /** Frames handled and not asked for again yet. */
    private int handled;

    /**
     * @param lane null on the accepting side, until the dialler has said hello
     * @param incoming on the accepting side, where it is subscribed with the outgoing half; null when dialling
     */
    LaneStream(PeerLink link, @Nullable Lane lane, @Nullable Publisher<Payload> incoming) {
        this.link = link;
        this.lane = lane;
        this.incoming = incoming;
    }

    /** What RSocket is to send. Subscribed once. */
    Publisher<Payload> outgoing() {
        return outgoing;
    }

    /** Null before the dialler has said hello. */
    @Nullable Lane lane() {
        return lane;
    }

    /** Bytes that wait for the other side to ask. */
    long queuedBytes() {
        return outgoing.queuedBytes;
    }

    /** Queues one encoded message or several; the array is not used by anybody else from now on. */
    void offer(byte[] messages) {
        outgoing.waiting.addLast(messages);
        outgoing.queuedBytes += messages.length;
    }

    /** Sends as much as the other side has asked for. */
    void flush() {
        outgoing.flush();
    }

    /** Asks for that many more frames. */
    void request(int frames) {
        if (subscription != null) {
            subscription.request(frames);
        }
    }

    /** A live frame has been handled. */
    void liveFrameHandled() {
        handled++;
        if (handled == LIVE_PREFETCH / 2) {
            handled = 0;
            request(LIVE_PREFETCH / 2);
        }
    }

    @Override
    public void onSubscribe(Subscription s) {
        subscription = s;
        s.request(1);
    }

    @Override
    public void onNext(Payload payload) {
        try {
            BinaryReader in = PeerLink.reader(payload);
            if (greeted) {
                link.received(this, in);
            } else {
                welcome(in);
            }
        } catch (RuntimeException broken) {
            link.close("what it sent makes no sense: " + broken.getMessage());
        } finally {
            payload.release();
        }
    }

    private void welcome(BinaryReader in) {
        Lane named = in.readInt() == HELLO_MAGIC ? laneOf(in.readByte()) : null;
        in.requireEnd();
        if (named == null || lane != null && lane != named) {
            link.close("the first frame of a lane is not its hello");
            return;
        }
        lane = named;
        greeted = true;
        link.opened(this);
    }

    private static @Nullable Lane laneOf(int ordinal) {
        return ordinal < Lane.values().length ? Lane.values()[ordinal] : null;
    }

    @Override
    public void onError(Throwable error) {
        link.close(PeerLink.reasonOf(error));
    }

    @Override
    public void onComplete() {
        link.close("the peer closed a lane");
    }

    /** The sending half: encoded frames wait here until the other side asks. */
    private final class Outgoing implements Publisher<Payload>, Subscription {
        private final Deque<byte[]> waiting = new ArrayDeque<>();
        private long queuedBytes;
        private @Nullable Subscriber<? super Payload> subscriber;
        private long demand;
        private boolean helloSent;
        private boolean flushing;

        @Override
        public void subscribe(Subscriber<? super Payload> s) {
            subscriber = s;
            s.onSubscribe(this);
            if (incoming != null) {
                incoming.subscribe(LaneStream.this);
            }
        }

        @Override
        public void request(long n) {
            link.onLoop(() -> {
                demand += n;
                if (demand < 0 || demand > DEMAND_MAX) {
                    link.close("it asked for " + demand + " frames at once");
                    return;
                }
                flush();
            });
        }

        @Override
        public void cancel() {
            // RSocket cancels this half before it tells the other one why: that reason is the better one.
            link.onLoopLater(() -> link.onLoopLater(() -> link.close("the peer does not listen to a lane any more")));
        }

        private void flush() {
            Subscriber<? super Payload> to = subscriber;
            if (flushing || to == null) {
                return;
            }
            flushing = true;
            while (demand > 0 && !link.isClosed()) {
                byte[] frame = nextFrame();
                if (frame == null) {
                    break;
                }
                demand--;
                link.countSent(frame.length);
                to.onNext(DefaultPayload.create(frame));
            }
            flushing = false;
        }

        private byte @Nullable [] nextFrame() {
            if (!helloSent) {
                // The accepting side learns its lane from the dialler's hello, and answers after it.
                return lane == null ? null : hello(lane);
            }
            byte[] first = waiting.pollFirst();
            if (first == null) {
                return null;
            }
            byte[] frame = joined(first);
            queuedBytes -= frame.length;
            return frame;
        }

        private byte[] hello(Lane named) {
            helloSent = true;
            return new BinaryWriter(16)
                    .writeInt(HELLO_MAGIC)
                    .writeByte(named.ordinal())
                    .toByteArray();
        }

        /** Puts what waits behind {@code first} into the same frame while it fits: frames are what flow control counts. */
        private byte[] joined(byte[] first) {
            int size = first.length;
            int count = 0;
            for (byte[] next : waiting) {
                if (size + next.length > FRAME_BYTES) {
                    break;
                }
                size += next.length;
                count++;
            }
            if (count == 0) {
                return first;
            }
            byte[] frame = Arrays.copyOf(first, size);
            int at = first.length;
            for (; count > 0; count--) {
                byte[] next = waiting.removeFirst();
                System.arraycopy(next, 0, frame, at, next.length);
                at += next.length;
            }
            return frame;
        }
    }
}
