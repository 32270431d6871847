package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.simulation.check.Violation;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Runs one seed for somebody in another class loader, who shares no class of ours. */
public final class SeedProbe implements BiFunction<String, Long, @Nullable String> {
    /** @return the checker, a line feed, and what it said; null when nothing was caught */
    @Override
    public @Nullable String apply(String consensus, Long seed) {
        try {
            new Simulation(consensus, seed).run();
            return null;
        } catch (Violation violation) {
            return violation.checker() + "\n" + violation.getMessage();
        }
    }
}
