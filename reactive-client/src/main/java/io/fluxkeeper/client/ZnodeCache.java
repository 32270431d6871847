package io.fluxkeeper.client;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.Collections;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A copy of a subtree in memory that follows it, until it is closed or its client is. Once {@link #ready} it is what the
 * service had at {@link #zxid}. It is never wrong about order, and behind by what is on its way; whoever must not be
 * behind reads from the service. After a time without connection that was longer than changes are kept, it goes through
 * the whole state again and finds what was deleted meanwhile. May be read by any thread.
 */
public final class ZnodeCache {
    /** A znode as it is here. @param stat never null @param data null if not observed, and if null */
    public record Cached(ZnodePath path, Stat stat, byte @Nullable [] data) {}

    /**
     * A difference to what a subscriber of {@link #changes} was told before.
     *
     * @param before null if it was not there
     * @param after null if it is not there now
     */
    public record Change(
            ZnodePath path,
            @Nullable Cached before,
            @Nullable Cached after) {}

    private final ConcurrentSkipListMap<ZnodePath, Cached> znodes = new ConcurrentSkipListMap<>();
    private final CopyOnWriteArrayList<CacheChanges> listeners = new CopyOnWriteArrayList<>();
    private final Sinks.One<ZnodeCache> ready = Sinks.one();
    private final Disposable source;

    /** The last znode shown, while a state is shown; what lies between it and the next is gone. */
    private @Nullable ZnodePath shown;

    private boolean showing;
    private volatile Zxid zxid = Zxid.ZERO;
    private volatile boolean over;
    private volatile @Nullable Throwable failure;

    /** @param events an observation; whoever makes it sees to it that they come one after the other */
    ZnodeCache(Flux<TreeEvent> events) {
        source = events.subscribe(this::take, this::end, () -> end(null));
    }

    /** This cache, as soon as it has all of the state; fails as the observation does. */
    public Mono<ZnodeCache> ready() {
        return ready.asMono();
    }

    /** Null when it is not there. */
    public @Nullable Cached get(String path) {
        return znodes.get(ZnodePath.of(path));
    }

    /** All of them, in the order of paths: a view that goes on changing and cannot be changed. */
    public SortedMap<ZnodePath, Cached> znodes() {
        return Collections.unmodifiableSortedMap(znodes);
    }

    /** The last transaction that it shows, or knows not to concern it; zero until it is ready. */
    public Zxid zxid() {
        return zxid;
    }

    /**
     * What changes here from the subscription on. A subscriber that is slow is told the sum of what happened to a znode
     * since it was last told of it, and nothing of one that came and went. Completes when the cache is closed. Emitted
     * on the client's event loop or on the thread of a request.
     */
    public Flux<Change> changes() {
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super Change> actual) {
                CacheChanges listener = new CacheChanges(actual, listeners::remove);
                listeners.add(listener);
                actual.onSubscribe(listener);
                if (over) {
                    listener.end(failure);
                }
                listener.begin();
            }
        };
    }

    /** Ends the observation; what is here stays readable. */
    public void close() {
        source.dispose();
        end(null);
    }

    private void take(TreeEvent event) {
        if (event instanceof TreeEvent.Changed changed) {
            boolean deleted = changed.type() == EventType.DELETED;
            Stat stat = changed.stat();
            put(changed.path(), deleted || stat == null ? null : new Cached(changed.path(), stat, changed.data()));
            if (!showing && ChangePosition.after(changed.zxid()).equals(changed.position())) {
                zxid = changed.zxid(); // more of the transaction may come before
            }
        } else if (event instanceof TreeEvent.Reset) {
            showing = true;
            shown = null;
        } else if (event instanceof TreeEvent.Present present) {
            Stat stat = present.stat();
            sweepUpTo(present.path());
            put(present.path(), stat == null ? null : new Cached(present.path(), stat, present.data()));
            shown = present.path();
        } else {
            sweepUpTo(null);
            showing = false;
            zxid = event.zxid();
            ready.tryEmitValue(this);
        }
    }

    /** What lies behind the last znode shown and was not shown is gone. @param end null for all the rest */
    private void sweepUpTo(@Nullable ZnodePath end) {
        SortedMap<ZnodePath, Cached> rest = shown == null ? znodes : znodes.tailMap(shown, false);
        SortedMap<ZnodePath, Cached> gone = end == null ? rest : rest.headMap(end);
        for (ZnodePath path : gone.keySet()) {
            put(path, null);
        }
    }

    private void put(ZnodePath path, @Nullable Cached after) {
        Cached before = after == null ? znodes.remove(path) : znodes.put(path, after);
        boolean same = before == after || before != null && after != null && before.stat.equals(after.stat);
        if (!same) {
            for (CacheChanges listener : listeners) {
                listener.changed(new Change(path, before, after));
            }
        }
    }

    private void end(@Nullable Throwable why) {
        if (over) {
            return; // closed after it had failed
        }
        failure = why;
        over = true;
        if (why == null) {
            ready.tryEmitEmpty();
        } else {
            ready.tryEmitError(why);
        }
        listeners.forEach(listener -> listener.end(why));
    }
}
