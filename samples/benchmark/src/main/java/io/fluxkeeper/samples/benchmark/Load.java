package io.fluxkeeper.samples.benchmark;

import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/**
 * A closed loop: each slot sends its next request when the one before is answered. One recorder a connection, since all
 * answers of a connection come on one event loop. Any failure ends the run: figures with errors in them mean nothing.
 */
final class Load {
    private static final long LATENCY_NANOS_MAX = TimeUnit.MINUTES.toNanos(10);
    private static final int STOP_SECONDS = 40;

    private final List<Slot> slots = new ArrayList<>();
    private final List<SingleWriterRecorder> recorders = new ArrayList<>();
    private final AtomicInteger active = new AtomicInteger();
    /** Of the present run; a load can run again. */
    private volatile CompletableFuture<Void> stopped = new CompletableFuture<>();

    private volatile boolean running;

    /** @param slotOperations of the slots of one connection */
    void connection(List<Operations> slotOperations) {
        SingleWriterRecorder recorder = new SingleWriterRecorder(1_000, LATENCY_NANOS_MAX, 3);
        recorders.add(recorder);
        slotOperations.forEach(operations -> slots.add(new Slot(operations, recorder)));
    }

    /** Not while it runs. */
    void start() {
        stopped = new CompletableFuture<>();
        running = true;
        active.set(slots.size());
        slots.forEach(Slot::next);
    }

    /** Moves what was recorded since the last call into the histogram. @return how many operations that is */
    long drainInto(Histogram all) {
        long operations = 0;
        for (SingleWriterRecorder recorder : recorders) {
            Histogram interval = recorder.getIntervalHistogram();
            operations += interval.getTotalCount();
            all.add(interval);
        }
        return operations;
    }

    /** @throws LoadFailedException if a request has failed */
    void check() {
        if (stopped.isCompletedExceptionally()) {
            stop();
        }
    }

    /** Lets what is under way end. @throws LoadFailedException if a request has failed */
    void stop() {
        running = false;
        try {
            stopped.get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            throw new LoadFailedException("a request failed: " + failed.getCause());
        } catch (TimeoutException late) {
            throw new LoadFailedException("requests were not answered within " + STOP_SECONDS + " s");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new LoadFailedException("interrupted");
        }
    }

    /** The run is worth nothing; the message says why. */
    static final class LoadFailedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LoadFailedException(String message) {
            super(message);
        }
    }

    /** One request after the other. The signals come on one event loop, the first call on the starting thread. */
    private final class Slot implements CoreSubscriber<Object> {
        private final Operations operations;
        private final SingleWriterRecorder recorder;
        private long sentNanos;

        Slot(Operations operations, SingleWriterRecorder recorder) {
            this.operations = operations;
            this.recorder = recorder;
        }

        void next() {
            if (!running) {
                if (active.decrementAndGet() == 0) {
                    stopped.complete(null);
                }
                return;
            }
            sentNanos = System.nanoTime();
            operations.next().subscribe(this);
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        /** An echo's payload is counted by reference; the client's replies are not. */
        @Override
        public void onNext(Object reply) {
            ReferenceCountUtil.release(reply);
        }

        @Override
        public void onError(Throwable failure) {
            running = false;
            stopped.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            recorder.recordValue(Math.min(System.nanoTime() - sentNanos, LATENCY_NANOS_MAX));
            next();
        }
    }
}
