package io.fluxkeeper.client.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** The process around {@link Cli}: its streams, its exit code, and an orderly end when a signal comes. */
public final class Main {
    /** For closing the session after a signal; then it ends by its timeout. */
    private static final int CLOSING_SECONDS = 3;

    private Main() {}

    public static void main(String[] args) {
        // One connection at a time needs one event loop; more would only lengthen the start.
        System.setProperty("reactor.netty.ioWorkerCount", "1");
        // Netty would otherwise load the flight recorder to tell it of buffers.
        System.setProperty("io.netty.jfr.enabled", "false");
        Thread running = Thread.currentThread();
        AtomicBoolean ending = new AtomicBoolean();
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> interrupt(running, ending, ended), "fluxkeeper-interrupt"));
        // UTF-8 whatever the locale: what a znode holds goes out byte for byte.
        StandardOutput written = new StandardOutput(new FileOutputStream(FileDescriptor.out));
        PrintStream out = new PrintStream(new BufferedOutputStream(written), false, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        int code = Cli.run(args, System.in, out, err, ending);
        if (written.lost() != null) {
            err.println("fluxkeeper: the output could not be written: " + written.lost());
            code = Cli.OUTPUT_LOST;
        }
        ended.countDown();
        System.exit(code);
    }

    private static void interrupt(Thread running, AtomicBoolean ending, CountDownLatch ended) {
        if (ended.getCount() == 0) {
            return;
        }
        ending.set(true);
        running.interrupt();
        try {
            if (!ended.await(CLOSING_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("fluxkeeper: the session was not closed in time; it ends by its timeout");
            }
        } catch (InterruptedException again) {
            Thread.currentThread().interrupt();
        }
    }
}
