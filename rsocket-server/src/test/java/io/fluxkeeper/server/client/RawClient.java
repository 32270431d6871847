package io.fluxkeeper.server.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.rsocket.frame.FrameLengthCodec;
import io.rsocket.frame.KeepAliveFrameCodec;
import io.rsocket.frame.RequestResponseFrameCodec;
import io.rsocket.frame.RequestStreamFrameCodec;
import io.rsocket.frame.SetupFrameCodec;
import io.rsocket.metadata.WellKnownMimeType;
import io.rsocket.util.DefaultPayload;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;

/** A client that writes bytes to a socket and reads only when told: for what no RSocket library would do. */
final class RawClient implements AutoCloseable {
    private static final ByteBufAllocator HEAP = UnpooledByteBufAllocator.DEFAULT;
    private final Socket socket = new Socket();

    RawClient(InetSocketAddress server) throws IOException {
        socket.setReceiveBufferSize(4_096); // what it does not read must stay with the server
        socket.setSoTimeout((int) ApiServer.SOON.toMillis());
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort()));
    }

    RawClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    RawClient setup() throws IOException {
        return frame(SetupFrameCodec.encode(
                HEAP,
                false,
                20_000,
                90_000,
                WellKnownMimeType.MESSAGE_RSOCKET_COMPOSITE_METADATA.getString(),
                "application/json",
                DefaultPayload.create(new byte[0])));
    }

    RawClient watch(long demand) throws IOException {
        return frame(RequestStreamFrameCodec.encode(
                HEAP, 1, false, demand, ApiServer.routing("watch"), Unpooled.copiedBuffer("{\"path\":\"/a\"}", UTF_8)));
    }

    RawClient request(int streamId, String route) throws IOException {
        return frame(RequestResponseFrameCodec.encode(
                HEAP, streamId, false, ApiServer.routing(route), Unpooled.copiedBuffer("{}", UTF_8)));
    }

    RawClient keepAlive(int dataBytes) throws IOException {
        return frame(KeepAliveFrameCodec.encode(HEAP, true, 0, Unpooled.wrappedBuffer(new byte[dataBytes])));
    }

    RawClient frame(ByteBuf frame) throws IOException {
        ByteBuf framed = FrameLengthCodec.encode(HEAP, frame.readableBytes(), frame);
        byte[] bytes = new byte[framed.readableBytes()];
        framed.readBytes(bytes);
        framed.release();
        return send(bytes);
    }

    /** Reads on until so many bytes have come. */
    void read(long bytes) throws IOException {
        byte[] buffer = new byte[64 << 10];
        for (long left = bytes; left > 0; ) {
            int read = socket.getInputStream().read(buffer, 0, (int) Math.min(left, buffer.length));
            if (read < 0) {
                throw new EOFException(left + " bytes did not come");
            }
            left -= read;
        }
    }

    /** Reads until the server closes. @return what came before */
    String readToTheEnd() throws IOException {
        try {
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        } catch (SocketException reset) {
            return ""; // closed with something of ours unread
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
