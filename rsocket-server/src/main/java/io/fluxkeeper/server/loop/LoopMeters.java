package io.fluxkeeper.server.loop;

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
 * peer that is started anew in the same process is measured, and not the one before it. Used while a peer is put
 * together and taken apart, by one thread at a time.
 */
public final class LoopMeters implements AutoCloseable {
    private final MeterRegistry registry;
    private final Tags tags;
    private final List<Meter> meters = new ArrayList<>();
    /** What counters ask: the registry itself holds it by a weak reference only. */
    private final List<Supplier<Number>> asked = new ArrayList<>();

    public LoopMeters(MeterRegistry registry, int peer) {
        this.registry = registry;
        this.tags = Tags.of("peer", Integer.toString(peer));
    }

    public Timer timer(String name, String description) {
        return keep(Timer.builder(name)
                .description(description)
                .tags(tags)
                .publishPercentiles(0.5, 0.99)
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

    public void counter(String name, String description, Supplier<Number> value, String... moreTags) {
        asked.add(value);
        keep(FunctionCounter.builder(name, value, v -> v.get().doubleValue())
                .description(description)
                .tags(tags.and(moreTags))
                .register(registry));
    }

    private <M extends Meter> M keep(M meter) {
        meters.add(meter);
        return meter;
    }

    @Override
    public void close() {
        meters.forEach(registry::remove);
        meters.clear();
        asked.clear();
    }
}
