package io.fluxkeeper.server.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the bytes of a connection that its socket has not taken: what RSocket queues without bound (rsocket-java
 * issues 514 and 752), and what Netty has pending behind it. A handler next to Reactor Netty's own sees each frame
 * leave the queue; from there on Netty's own count goes on. Before that, items count as soon as the replica has emitted
 * them: it reads a change log faster than an event loop encodes it. Wherever a frame waits it counts
 * {@link #FRAME_OVERHEAD_BYTES} more than it has: a megabyte of small ones takes several of memory.
 */
final class UnsentBytes extends ChannelDuplexHandler {
    /** Rough bytes of the buffers and queue places that go with a frame that waits. */
    static final int FRAME_OVERHEAD_BYTES = 1024;

    /** What happens at the marks. */
    interface Watermarks {
        /** On the event loop, or on the replica thread. */
        void congested(boolean congested);

        /** On the event loop. */
        void overflow(long unsentBytes);
    }

    private final Channel channel;
    private final int framingBytes;
    private final ClientLimits limits;
    private final Watermarks watermarks;

    /** Handed to RSocket and not seen here yet; frames may be handed over from any thread. */
    private final AtomicLong queued = new AtomicLong();

    /** Whether streams rest. Changed and told under the lock of this, so that both sides' words keep their order. */
    private volatile boolean congested;

    /** Whether requests are refused. On the event loop only. */
    private boolean full;

    /** Whether {@link #hearOfLeaving} waits for something to leave. On the event loop only. */
    private boolean hears;

    /** @param framingBytes what the transport puts before each frame */
    UnsentBytes(Channel channel, int framingBytes, ClientLimits limits, Watermarks watermarks) {
        this.channel = channel;
        this.framingBytes = framingBytes;
        this.limits = limits;
        this.watermarks = watermarks;
    }

    /** From any thread, before the frame is handed over. */
    void queue(int frameBytes) {
        queued.addAndGet(frameBytes + FRAME_OVERHEAD_BYTES);
        if (channel.eventLoop().inEventLoop()) {
            compare();
        }
    }

    /** On the replica thread: items of that size are on their way to the event loop. */
    void emitted(long bytes) {
        if (queued.addAndGet(bytes) > limits.streamBytesHigh() && !congested) {
            mark(true);
        }
    }

    /** On the event loop: they are frames now, which are counted as such. */
    void encoded(long bytes) {
        queued.addAndGet(-bytes);
        compare();
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        int bytes = message instanceof ByteBuf buffer
                ? buffer.readableBytes()
                : message instanceof ByteBufHolder holder ? holder.content().readableBytes() : framingBytes;
        context.write(message, promise);
        queued.addAndGet(framingBytes - bytes - FRAME_OVERHEAD_BYTES);
        compare();
        hearOfLeaving(context);
    }

    /**
     * Many small frames pass our marks and not Netty's own, which know no overhead: nothing would be heard when they have
     * left, and their streams would rest until the next frame of whatever kind. An empty one behind them tells.
     */
    private void hearOfLeaving(ChannelHandlerContext context) {
        if (!hears && (congested || full)) {
            hears = true;
            context.write(Unpooled.EMPTY_BUFFER).addListener(left -> {
                hears = false;
                compare();
                ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
                if (pending != null && !pending.isEmpty()) { // else what waits still has to come through here
                    hearOfLeaving(context);
                    context.flush();
                }
            });
        }
    }

    /** Netty's own marks, 32 and 64 KiB of pending bytes, are far below ours: this comes when a jam has dissolved. */
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        compare();
        context.fireChannelWritabilityChanged();
    }

    /** Whether so much waits that requests are refused. */
    boolean isFull() {
        return full;
    }

    /** On the event loop. */
    long unsent() {
        ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer(); // null once the channel is closed
        // A closing ERROR frame goes out uncounted, hence never below 0.
        long inQueue = Math.max(0, queued.get());
        return pending == null
                ? inQueue
                : inQueue + pending.totalPendingWriteBytes() + (long) pending.size() * FRAME_OVERHEAD_BYTES;
    }

    private void compare() {
        long unsent = unsent();
        if (unsent > limits.unsentBytesMax()) {
            watermarks.overflow(unsent);
        }
        full = isAbove(unsent, limits.unsentBytesHigh(), full);
        boolean now = isAbove(unsent, limits.streamBytesHigh(), congested);
        if (now != congested) {
            mark(now);
        }
    }

    /** Once above its mark it must fall to half of it. */
    private static boolean isAbove(long unsent, int high, boolean was) {
        return unsent > (was ? high / 2 : high);
    }

    private synchronized void mark(boolean now) {
        if (now != congested) {
            congested = now;
            watermarks.congested(now);
        }
    }
}
