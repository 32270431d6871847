package io.fluxkeeper.server.fault;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Sits on the TCP connection by which one peer dials another. It forwards what comes, late or not at all: bytes that are
 * held back stay in order and arrive when it is healed, as behind a lost route.
 */
final class FaultyProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 8 << 10;
    /** How often a held direction looks whether it may go on. */
    private static final int LOOK_MILLIS = 5;

    private final ServerSocket listening;
    private final int target;
    private final List<Socket> open = new CopyOnWriteArrayList<>();

    // Set by the test, read by the threads that forward.
    private volatile boolean refusing;
    private volatile int delayMillis;
    private volatile boolean holdsThere;
    private volatile boolean holdsBack;
    private volatile boolean closed;

    /** @param target port of the peer that is dialled */
    FaultyProxy(int target) {
        this.target = target;
        try {
            listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    /** Breaks what is open, and takes nothing new. */
    void cut() {
        refusing = true;
        open.forEach(FaultyProxy::close);
        open.clear();
    }

    /** Each piece that arrives waits so long before it goes on. */
    void delay(int millis) {
        delayMillis = millis;
    }

    /** One direction stands still. @param there from the peer that dials to the other one */
    void hold(boolean there) {
        holdsThere |= there;
        holdsBack |= !there;
    }

    void heal() {
        refusing = false;
        delayMillis = 0;
        holdsThere = false;
        holdsBack = false;
    }

    private void accept() {
        while (!closed) {
            try {
                Socket dialling = listening.accept();
                if (refusing) {
                    close(dialling);
                    continue;
                }
                Socket dialled = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(dialling);
                open.add(dialled);
                start(() -> forward(dialling, dialled, true));
                start(() -> forward(dialled, dialling, false));
            } catch (IOException notThere) {
                // The peer is down, or this proxy is closed: whoever dials tries again.
            }
        }
    }

    private void forward(Socket from, Socket to, boolean there) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                Thread.sleep(delayMillis);
                while ((there ? holdsThere : holdsBack) && !from.isClosed()) {
                    Thread.sleep(LOOK_MILLIS);
                }
                out.write(buffer, 0, count);
            }
        } catch (IOException broken) {
            // As a cable does: the other end learns of it by its own socket.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "faulty-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private static void close(AutoCloseable each) {
        try {
            each.close();
        } catch (Exception alreadyBroken) {
            // Then it is closed.
        }
    }

    @Override
    public void close() {
        closed = true;
        cut();
        close(listening);
    }
}
