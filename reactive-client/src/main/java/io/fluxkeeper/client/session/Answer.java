package io.fluxkeeper.client.session;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * One subscriber that waits for one value. {@link #succeed} and {@link #fail} are called on the client's loop,
 * {@link #request} and {@link #cancel} by the subscriber on any thread; {@code phase} is what they agree by.
 */
abstract class Answer<R> implements Subscription {
    private static final Logger LOG = LoggerFactory.getLogger(Answer.class);

    /** Nothing yet. */
    private static final int NEW = 0;
    /** The subscriber has asked for its value. */
    private static final int REQUESTED = 1;
    /** The value is there, the subscriber has not asked. */
    private static final int ANSWERED = 2;
    /** The last signal is given, or under way. */
    private static final int OVER = 3;
    /** The subscriber wants no signal any more. */
    private static final int CANCELLED = 4;

    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<Answer> PHASE =
            AtomicIntegerFieldUpdater.newUpdater(Answer.class, "phase");

    private final CoreSubscriber<? super R> actual;
    private volatile int phase;
    private @Nullable R value;

    Answer(CoreSubscriber<? super R> actual) {
        this.actual = actual;
    }

    /** The subscriber is gone and has had no value. Called once at most, on any thread. */
    abstract void cancelled();

    final boolean isCancelled() {
        return phase == CANCELLED;
    }

    /** Whether no signal reaches the subscriber any more. */
    final boolean isOver() {
        return phase >= OVER;
    }

    final void succeed(R result) {
        value = result;
        if (PHASE.compareAndSet(this, REQUESTED, OVER)) {
            emit(result);
        } else if (!PHASE.compareAndSet(this, NEW, ANSWERED) && PHASE.compareAndSet(this, REQUESTED, OVER)) {
            emit(result); // asked for between the two
        }
    }

    final void fail(Throwable failure) {
        int before = phase;
        while (before == NEW || before == REQUESTED) {
            if (PHASE.compareAndSet(this, before, OVER)) {
                signal(() -> actual.onError(failure));
                return;
            }
            before = phase;
        }
    }

    @Override
    public final void request(long n) {
        if (!Operators.validate(n) || PHASE.compareAndSet(this, NEW, REQUESTED)) {
            return;
        }
        R result = value;
        if (result != null && PHASE.compareAndSet(this, ANSWERED, OVER)) {
            emit(result);
        }
    }

    @Override
    public final void cancel() {
        int before = phase;
        while (before != OVER && before != CANCELLED) {
            if (PHASE.compareAndSet(this, before, CANCELLED)) {
                cancelled();
                return;
            }
            before = phase;
        }
    }

    private void emit(R result) {
        signal(() -> {
            actual.onNext(result);
            actual.onComplete();
        });
    }

    /** A subscriber that throws must not take those with it that are signalled behind it. */
    private static void signal(Runnable signal) {
        try {
            signal.run();
        } catch (RuntimeException | Error thrown) {
            LOG.error("a subscriber threw on its answer", thrown);
        }
    }
}
