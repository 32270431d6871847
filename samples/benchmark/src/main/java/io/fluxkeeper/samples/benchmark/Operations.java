package io.fluxkeeper.samples.benchmark;

import reactor.core.publisher.Mono;

/** What one slot sends, one after the other. For one thread at a time. */
interface Operations {
    /** The next request, not subscribed to yet. */
    Mono<?> next();
}
