package io.fluxkeeper.server.loop;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The meters of one peer, all with the tag {@code peer}. Closing it takes them out of the registry again, so that a
 * peer that is started anew in the same process is measured, and not the one before it; what is made later is measured by
 * nobody. Thread-safe.
 */
public final class PeerMeters implements AutoCloseable {
    private final MeterRegistry registry;
    private final Tags tags;
    /** Guarded by this object, as are the next two. */
    private final List<Meter> meters = new ArrayList<>();
    /** What counters ask: the registry itself holds it by a weak reference only. */
    private final List<Supplier<Number>> asked = new ArrayList<>();

    private boolean closed;

    public PeerMeters(MeterRegistry registry, int peer) {
        this.registry = registry;
        this.tags = Tags.of("peer", Integer.toString(peer));
    }

    /** With its median and its 99th percentile. */
    public Timer timer(String name, String description) {
        return keep(Timer.builder(name)
                .description(description)
                .tags(tags)
                .publishPercentiles(0.5, 0.99)
                .register(registry));
    }

    /** Of requests, one for each route and outcome: without percentiles, which cost memory. */
    public Timer requestTimer(String name, String description, String... moreTags) {
        return keep(Timer.builder(name)
                .description(description)
                .tags(tags.and(moreTags))
                .register(registry));
    }

    public DistributionSummary summary(String name, String description) {
        return keep(DistributionSummary.builder(name)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    public void gauge(String name, String description, Supplier<Number> value, String... moreTags) {
        keep(Gauge.builder(name, value)
                .description(description)
                .tags(tags.and(moreTags))
                .strongReference(true)
                .register(registry));
    }

    /** Counts elsewhere. */
    public synchronized void counter(String name, String description, Supplier<Number> value, String... moreTags) {
        asked.add(value);
        keep(FunctionCounter.builder(name, value, v -> v.get().doubleValue())
                .description(description)
                .tags(tags.and(moreTags))
                .register(registry));
    }

    /** To be counted up. */
    public Counter counter(String name, String description, String... moreTags) {
        return keep(Counter.builder(name)
                .description(description)
                .tags(tags.and(moreTags))
                .register(registry));
    }

    private synchronized <M extends Meter> M keep(M meter) {
        if (closed) {
            registry.remove(meter);
        } else {
            meters.add(meter);
        }
        return meter;
    }

    @Override
    public synchronized void close() {
        closed = true;
        meters.forEach(registry::remove);
        meters.clear();
        asked.clear();
    }
}
