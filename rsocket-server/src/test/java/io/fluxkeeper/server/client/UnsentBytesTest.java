package io.fluxkeeper.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a connection has not sent, counted where it waits. */
class UnsentBytesTest {
    private static final int FRAMING_BYTES = 3;
    private static final int FRAME_BYTES = 50;

    /** With what goes with them they are above the mark, and in bytes they are far below Netty's own. */
    private static final int FRAMES = 300;

    private final List<Boolean> told = new ArrayList<>();
    private final Channel channel = new Channel();
    private final UnsentBytes unsent =
            new UnsentBytes(channel, FRAMING_BYTES, ClientLimits.DEFAULT, new UnsentBytes.Watermarks() {
                @Override
                public void congested(boolean congested) {
                    told.add(congested);
                }

                @Override
                public void overflow(long unsentBytes) {
                    throw new AssertionError(unsentBytes + " unsent bytes");
                }
            });

    /** Over a socket that takes nothing for a while. */
    private static final class Channel extends EmbeddedChannel {
        private boolean jammed;

        @Override
        protected void doWrite(ChannelOutboundBuffer waiting) throws Exception {
            if (!jammed) {
                super.doWrite(waiting);
            }
        }
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void itHearsOfManySmallFramesThatLeaveAtLast() {
        channel.pipeline().addLast(unsent);
        for (int round = 1; round <= 2; round++) {
            channel.jammed = true;
            for (int i = 0; i < FRAMES; i++) {
                unsent.queue(FRAME_BYTES);
                channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[FRAMING_BYTES + FRAME_BYTES]));
            }
            assertThat(channel.isWritable()).isTrue();
            assertThat(told).last().isEqualTo(true);

            channel.jammed = false;
            channel.unsafe().flush(); // so the event loop does when the socket takes more: no handler hears of it

            assertThat(unsent.unsent()).isZero();
            assertThat(told).hasSize(2 * round).last().isEqualTo(false);
        }
    }
}
