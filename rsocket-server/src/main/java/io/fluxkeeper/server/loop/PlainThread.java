package io.fluxkeeper.server.loop;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A thread that works in turns, rests while there is nothing to do, and is never interrupted: an interrupt would close
 * the file channel it writes to (architecture, decision 10). It parks and never spins, since on few cores a spinning
 * thread takes the time of those it waits for.
 */
public final class PlainThread {
    /** Returned by a turn that wants to rest until woken. */
    public static final long UNTIL_WOKEN = Long.MAX_VALUE;

    private static final int RUNNING = 0;
    private static final int RESTING = 1;
    private static final int WOKEN = 2;

    private final Thread thread;
    private final Work work;
    private final PeerFailure failure;
    /** Written by the thread (RUNNING, RESTING) and by whoever wakes it (WOKEN). */
    private final AtomicInteger state = new AtomicInteger(RUNNING);

    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    /** Set once, by whoever stops it. */
    private volatile boolean stopping;

    public PlainThread(String name, Work work, PeerFailure failure) {
        this.work = work;
        this.failure = failure;
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    /** From any thread: something is there to do. Cheap while the thread is awake. */
    public void wake() {
        if (state.get() != WOKEN && state.getAndSet(WOKEN) == RESTING) {
            LockSupport.unpark(thread);
        }
    }

    /** Asks it to end: after at least one more turn, the work's last act runs on it. */
    public void stop() {
        stopping = true;
        wake();
    }

    /** Completes, always normally, when the thread has done its last act, or failed. */
    public CompletableFuture<Void> ended() {
        return ended;
    }

    private void run() {
        try {
            boolean last;
            do {
                last = stopping;
                state.set(RUNNING);
                long restNanos = work.turn();
                if (!last && restNanos > 0) {
                    rest(restNanos);
                }
            } while (!last);
        } catch (Throwable broken) { // whatever it was, this part of the peer is gone
            failure.failed(thread.getName(), broken);
        } finally {
            try {
                work.end();
            } catch (Throwable broken) {
                failure.failed(thread.getName(), broken);
            } finally {
                ended.complete(null);
            }
        }
    }

    private void rest(long nanos) {
        if (!state.compareAndSet(RUNNING, RESTING)) {
            return;
        }
        long start = System.nanoTime();
        long left = nanos;
        while (left > 0 && state.get() == RESTING) {
            LockSupport.parkNanos(this, left);
            left = nanos - (System.nanoTime() - start);
        }
    }

    /** What a plain thread does. All of it runs on that thread. */
    public interface Work {
        /** Does what is waiting. @return how many nanoseconds to rest unless woken; 0 for not at all */
        long turn() throws Exception;

        /** The last act, also after a turn has failed. */
        default void end() throws Exception {}
    }
}
