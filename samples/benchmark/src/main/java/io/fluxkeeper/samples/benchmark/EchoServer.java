package io.fluxkeeper.samples.benchmark;

import io.rsocket.SocketAcceptor;
import io.rsocket.core.RSocketServer;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.transport.netty.server.CloseableChannel;
import io.rsocket.transport.netty.server.TcpServerTransport;
import reactor.core.publisher.Mono;

/** The least that an RSocket server can do: it answers each request with what it got. */
final class EchoServer {
    static final String READY = "echo: clients at ";

    private EchoServer() {}

    /** Runs until it is killed. */
    public static void main(String[] args) {
        CloseableChannel channel = RSocketServer.create(SocketAcceptor.forRequestResponse(Mono::just))
                .payloadDecoder(PayloadDecoder.ZERO_COPY)
                .bindNow(TcpServerTransport.create("127.0.0.1", Integer.parseInt(args[0])));
        System.out.println(READY + channel.address());
        channel.onClose().block();
    }
}
