package io.fluxkeeper.samples.benchmark;

import io.fluxkeeper.samples.processes.ChildProcess;
import io.fluxkeeper.samples.processes.Ports;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketConnector;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.transport.netty.client.TcpClientTransport;
import io.rsocket.util.ByteBufPayload;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The echo: the same connections, requests in flight and bytes, without a service behind them. */
final class Echo implements AutoCloseable {
    private static final Duration READY_TIME = Duration.ofSeconds(20);

    private final ChildProcess server;
    private final List<RSocket> connections = new ArrayList<>();
    private final Load load = new Load();

    private Echo(ChildProcess server) {
        this.server = server;
    }

    /** Starts its server and connects. */
    static Echo start(Options options) throws IOException, InterruptedException {
        int port = Ports.free(1).get(0);
        ChildProcess server = ChildProcess.start(
                "the echo server",
                List.of("-Xmx" + options.serverHeap, Benchmark.EVENT_LOOPS),
                EchoServer.class.getName(),
                List.of(Integer.toString(port)),
                EchoServer.READY);
        Runtime.getRuntime().addShutdownHook(new Thread(server::terminate, "echo-shutdown"));
        Echo echo = new Echo(server);
        try {
            server.awaitReady(READY_TIME);
            echo.connect(options, port);
            return echo;
        } catch (IOException | InterruptedException | RuntimeException failed) {
            echo.close();
            throw failed;
        }
    }

    private void connect(Options options, int port) {
        ByteBuf value = Unpooled.unreleasableBuffer(
                Unpooled.directBuffer(Math.max(1, options.valueBytes)).writeZero(options.valueBytes));
        for (int i = 0; i < options.connections; i++) {
            RSocket connection = RSocketConnector.create()
                    .payloadDecoder(PayloadDecoder.ZERO_COPY)
                    .connect(TcpClientTransport.create("127.0.0.1", port))
                    .block(READY_TIME);
            if (connection == null) {
                throw new IllegalStateException("no connection");
            }
            connections.add(connection);
            load.connection(Collections.nCopies(
                    options.slotsOf(i), () -> connection.requestResponse(ByteBufPayload.create(value.duplicate()))));
        }
    }

    Trial trial() {
        return new Trial(
                load,
                () -> Usage.cpuMicros(List.of(server.handle())),
                () -> Usage.cpuMicros(List.of(ProcessHandle.current())));
    }

    @Override
    public void close() {
        connections.forEach(RSocket::dispose);
        server.terminate();
    }
}
