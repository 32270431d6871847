package io.fluxkeeper.server;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Ends the process when its heap is exhausted. What is left of the peer then could neither serve nor stop: to stop takes
 * memory too, and its sockets would stay open meanwhile, so that nobody takes its place. Needs no memory itself.
 */
final class HeapExhausted {
    private static final byte[] LINE =
            "fluxkeeper: the peer has stopped: the heap is exhausted; start it with a larger one (-Xmx), or keep less in the tree\n"
                    .getBytes(StandardCharsets.UTF_8);
    private static final FileOutputStream STANDARD_ERROR = new FileOutputStream(FileDescriptor.err);

    /** Causes may go round in a circle. */
    private static final int CAUSES_MAX = 20;

    private HeapExhausted() {}

    /** From now on, a thread that ends for want of memory ends the process. */
    static void endsTheProcess() {
        Thread.UncaughtExceptionHandler others = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
            if (isCauseOf(error)) {
                endProcess();
            } else if (others != null) {
                others.uncaughtException(thread, error);
            } else {
                thread.getThreadGroup().uncaughtException(thread, error);
            }
        });
    }

    /** MVStore and Reactor wrap it. */
    static boolean isCauseOf(Throwable error) {
        Throwable cause = error;
        for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++) {
            if (cause instanceof OutOfMemoryError) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    static void endProcess() {
        try {
            STANDARD_ERROR.write(LINE);
        } catch (IOException | OutOfMemoryError nobodyReadsIt) {
            // the exit code says that it failed
        } finally {
            Runtime.getRuntime().halt(Main.FAILED);
        }
    }
}
