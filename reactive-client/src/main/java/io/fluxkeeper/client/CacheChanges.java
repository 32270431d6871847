package io.fluxkeeper.client;

import io.fluxkeeper.client.ZnodeCache.Change;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * One subscriber of a cache's changes. What it has not taken waits as one difference for each znode, so that no more
 * waits than the cache holds and held when the subscriber last looked.
 */
final class CacheChanges implements Subscription {
    private static final Logger LOG = LoggerFactory.getLogger(CacheChanges.class);

    private final CoreSubscriber<? super Change> actual;
    private final Consumer<CacheChanges> onGone;
    private final AtomicLong demand = new AtomicLong();

    /** The first is its subscriber's, who must know of its subscription before anything else. */
    private final AtomicInteger turns = new AtomicInteger(1);

    /** Guarded by itself. */
    private final Map<ZnodePath, Change> waiting = new LinkedHashMap<>();

    private volatile boolean over;
    private volatile @Nullable Throwable failure;
    private volatile boolean cancelled;

    CacheChanges(CoreSubscriber<? super Change> actual, Consumer<CacheChanges> onGone) {
        this.actual = actual;
        this.onGone = onGone;
    }

    void changed(Change change) {
        synchronized (waiting) {
            Change earlier = waiting.get(change.path());
            Change sum = earlier == null ? change : new Change(change.path(), earlier.before(), change.after());
            if (sum.before() == null && sum.after() == null) {
                waiting.remove(change.path());
            } else {
                waiting.put(change.path(), sum);
            }
        }
        emit();
    }

    void end(@Nullable Throwable why) {
        failure = why;
        over = true;
        emit();
    }

    @Override
    public void request(long n) {
        if (Operators.validate(n)) {
            demand.accumulateAndGet(n, Operators::addCap);
            emit();
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        onGone.accept(this);
    }

    /** The subscriber has its subscription; what has come meanwhile follows. */
    void begin() {
        takeTurns();
    }

    /** One thread at a time; whoever comes meanwhile leaves it a further turn. */
    private void emit() {
        if (turns.getAndIncrement() == 0) {
            takeTurns();
        }
    }

    private void takeTurns() {
        int missed = 1;
        do {
            emitWaiting();
            missed = turns.addAndGet(-missed);
        } while (missed != 0);
    }

    private void emitWaiting() {
        while (!cancelled) {
            boolean ends = over;
            Change next = demand.get() > 0 ? poll() : null;
            if (next != null) {
                if (demand.get() != Long.MAX_VALUE) {
                    demand.decrementAndGet();
                }
                give(next);
            } else {
                if (ends && isEmpty()) {
                    finish();
                }
                return;
            }
        }
    }

    /** One that throws counts as having cancelled (Reactive Streams, rule 2.13); the cache and the others go on. */
    private void give(Change change) {
        try {
            actual.onNext(change);
        } catch (RuntimeException | Error thrown) {
            LOG.error("a subscriber threw on a change of the cache; it hears no more", thrown);
            cancel();
        }
    }

    private void finish() {
        cancelled = true;
        onGone.accept(this);
        Throwable why = failure;
        if (why == null) {
            actual.onComplete();
        } else {
            actual.onError(why);
        }
    }

    private @Nullable Change poll() {
        synchronized (waiting) {
            Iterator<Change> oldest = waiting.values().iterator();
            if (!oldest.hasNext()) {
                return null;
            }
            Change next = oldest.next();
            oldest.remove();
            return next;
        }
    }

    private boolean isEmpty() {
        synchronized (waiting) {
            return waiting.isEmpty();
        }
    }
}
