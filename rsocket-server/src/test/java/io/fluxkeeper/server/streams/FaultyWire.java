package io.fluxkeeper.server.streams;

import io.fluxkeeper.server.config.HostPort;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands between clients and one peer, passes on what they say, and can cut their connections or jam their replies. */
final class FaultyWire implements AutoCloseable {
    /** So small that a jam is soon felt by the peer. */
    private static final int BUFFER_BYTES = 64 << 10;

    private final HostPort peer;
    private final ServerSocket listening;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Object jam = new Object();
    private boolean jammed;
    private volatile boolean closed;

    FaultyWire(HostPort peer) throws IOException {
        this.peer = peer;
        listening = new ServerSocket();
        listening.setReceiveBufferSize(BUFFER_BYTES);
        listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        inBackground(this::accept);
    }

    String address() {
        return "127.0.0.1:" + listening.getLocalPort();
    }

    /** Ends every connection there is, whatever is under way. */
    void cut() {
        for (Socket socket : sockets) {
            sockets.remove(socket);
            closeQuietly(socket);
        }
    }

    /** While it is jammed, nothing that the peer says is read. */
    void jam(boolean now) {
        synchronized (jam) {
            jammed = now;
            jam.notifyAll();
        }
    }

    private void accept() throws IOException {
        while (!closed) {
            Socket client = listening.accept();
            Socket server = new Socket();
            server.setReceiveBufferSize(BUFFER_BYTES);
            try {
                server.connect(new InetSocketAddress(peer.host(), peer.port()));
            } catch (IOException noPeer) {
                closeQuietly(client);
                continue;
            }
            sockets.add(client);
            sockets.add(server);
            inBackground(() -> pass(client, server, false));
            inBackground(() -> pass(server, client, true));
        }
    }

    private void pass(Socket from, Socket to, boolean mayJam) throws IOException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[16 << 10];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (mayJam) {
                    awaitNoJam();
                }
                out.write(buffer, 0, read);
            }
        } finally {
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private void awaitNoJam() {
        synchronized (jam) {
            while (jammed && !closed) {
                try {
                    jam.wait();
                } catch (InterruptedException never) {
                    throw new AssertionError(never);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        listening.close();
        jam(false);
        cut();
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void inBackground(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException over) {
                        // a cut connection, or a closed wire
                    }
                },
                "faulty-wire");
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException closed) {
            // it is closed
        }
    }
}
