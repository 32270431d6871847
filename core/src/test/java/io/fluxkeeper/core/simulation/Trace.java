package io.fluxkeeper.core.simulation;

import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What happened, as a digest that two runs of one seed must share, and as text when somebody wants to read it. Writing
 * the text costs more than the run, so a run that fails is run again for it.
 */
final class Trace {
    private final EventQueue events;
    private final boolean text;
    private final Consumer<String> reader;
    private long digest = 17;

    /**
     * @param text whether lines are written
     * @param reader gets each of them at once
     */
    Trace(EventQueue events, boolean text, Consumer<String> reader) {
        this.events = events;
        this.text = text;
        this.reader = reader;
    }

    /**
     * @param who a peer as {@code peer 2}, a client, or the network
     * @param number says what happened as far as a number can
     */
    void event(String who, long number, Supplier<String> what) {
        digest = mix(mix(mix(digest, events.now()), who.hashCode()), number);
        if (text) {
            String line = String.format(
                    "%6d.%d %-9s %s", events.now() / Simulation.TICK, events.now() % Simulation.TICK, who, what.get());
            reader.accept(line);
        }
    }

    private static long mix(long digest, long value) {
        long mixed = (digest ^ value) * 0x9E3779B97F4A7C15L;
        return mixed ^ mixed >>> 29;
    }

    long digest() {
        return digest;
    }
}
