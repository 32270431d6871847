package io.fluxkeeper.server.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the bytes of a connection that its socket has not taken: what RSocket queues without bound (rsocket-java
 * issues 514 and 752), and what Netty has pending behind it. A handler next to Reactor Netty's own sees each frame
 * leave the queue; from there on Netty's own count goes on.
 */
final class UnsentBytes extends ChannelDuplexHandler {
    /** Called on the event loop. */
    interface Watermarks {
        void congested(boolean congested);

        void overflow(long unsentBytes);
    }

    private final Channel channel;
    private final int framingBytes;
    private final ClientLimits limits;
    private final Watermarks watermarks;

    /** Handed to RSocket and not seen here yet; frames may be handed over from any thread. */
    private final AtomicLong queued = new AtomicLong();

    private boolean congested;

    /** @param framingBytes what the transport puts before each frame */
    UnsentBytes(Channel channel, int framingBytes, ClientLimits limits, Watermarks watermarks) {
        this.channel = channel;
        this.framingBytes = framingBytes;
        this.limits = limits;
        this.watermarks = watermarks;
    }

    /** From any thread, before the frame is handed over. */
    void queue(int frameBytes) {
        queued.addAndGet(frameBytes);
        if (channel.eventLoop().inEventLoop()) {
            compare();
        }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        int bytes = message instanceof ByteBuf buffer
                ? buffer.readableBytes()
                : message instanceof ByteBufHolder holder ? holder.content().readableBytes() : framingBytes;
        context.write(message, promise);
        queued.addAndGet(framingBytes - bytes);
        compare();
    }

    /** Netty's own marks, 32 and 64 KiB of pending bytes, are far below ours: this comes when a jam has dissolved. */
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        compare();
        context.fireChannelWritabilityChanged();
    }

    boolean isCongested() {
        return congested;
    }

    /** On the event loop. */
    long unsent() {
        ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer(); // null once the channel is closed
        // A closing ERROR frame goes out uncounted, hence never below 0.
        return Math.max(0, queued.get()) + (pending == null ? 0 : pending.totalPendingWriteBytes());
    }

    private void compare() {
        long unsent = unsent();
        if (unsent > limits.unsentBytesMax()) {
            watermarks.overflow(unsent);
        }
        boolean now = congested ? unsent > limits.unsentBytesHigh() / 2 : unsent > limits.unsentBytesHigh();
        if (now != congested) {
            congested = now;
            watermarks.congested(now);
        }
    }
}
