package io.fluxkeeper.client.cli;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Signal;
import reactor.core.scheduler.Schedulers;

/**
 * What comes, pulled on the thread that prints it, which may block. Handed over on a thread of its own, since a
 * hand-over takes a lock and a client's event loop must not. A failure comes in its place: what it says of where to go
 * on lies behind everything that was fetched ahead.
 */
final class Pulled<T> implements Iterator<T> {
    private final Iterator<Signal<T>> signals;
    private @Nullable Signal<T> next;

    /** @param ahead how many are fetched before they are printed */
    Pulled(Flux<T> all, int ahead) {
        signals = all.materialize()
                .publishOn(Schedulers.boundedElastic(), ahead)
                .toIterable(1)
                .iterator();
    }

    /** @throws RuntimeException what ended it */
    @Override
    public boolean hasNext() {
        if (next == null) {
            next = signals.next();
        }
        Throwable failure = next.getThrowable();
        if (failure != null) {
            throw Exceptions.propagate(failure);
        }
        return next.hasValue();
    }

    @Override
    public T next() {
        T value = hasNext() && next != null ? next.get() : null;
        if (value == null) {
            throw new NoSuchElementException();
        }
        next = null;
        return value;
    }
}
