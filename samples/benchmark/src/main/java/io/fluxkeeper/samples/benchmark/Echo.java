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

/** Measures the echo: the same connections, requests in flight and bytes, without a service behind them. */
final class Echo {
    private static final Duration READY_TIME = Duration.ofSeconds(20);

    private Echo() {}

    static Measurement measure(Options options, int warmupSeconds, int seconds)
            throws IOException, InterruptedException {
        int port = Ports.free(1).get(0);
        ChildProcess server = ChildProcess.start(
                "the echo server",
                List.of("-Xmx" + options.serverHeap, Benchmark.EVENT_LOOPS),
                EchoServer.class.getName(),
                List.of(Integer.toString(port)),
                EchoServer.READY);
        Thread onShutdown = new Thread(server::terminate, "echo-shutdown");
        Runtime.getRuntime().addShutdownHook(onShutdown);
        List<RSocket> connections = new ArrayList<>();
        try {
            server.awaitReady(READY_TIME);
            Load load = load(options, port, connections);
            load.start();
            Measurement measured = Measurement.of(
                    load,
                    warmupSeconds,
                    seconds,
                    () -> Usage.cpuMicros(List.of(server.handle())),
                    () -> Usage.cpuMicros(List.of(ProcessHandle.current())));
            load.stop();
            return measured;
        } finally {
            connections.forEach(RSocket::dispose);
            server.kill();
        }
    }

    private static Load load(Options options, int port, List<RSocket> connections) {
        ByteBuf value = Unpooled.unreleasableBuffer(
                Unpooled.directBuffer(Math.max(1, options.valueBytes)).writeZero(options.valueBytes));
        Load load = new Load();
        for (int i = 0; i < options.connections; i++) {
            RSocket connection = RSocketConnector.create()
                    .payloadDecoder(PayloadDecoder.ZERO_COPY)
                    .connect(TcpClientTransport.create("127.0.0.1", port))
                    .block(READY_TIME);
            if (connection == null) {
                throw new IllegalStateException("no connection");
            }
            connections.add(connection);
            int slots = options.inFlight / options.connections + (i < options.inFlight % options.connections ? 1 : 0);
            load.connection(Collections.nCopies(
                    slots, () -> connection.requestResponse(ByteBufPayload.create(value.duplicate()))));
        }
        return load;
    }
}
