package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.consensus.zab.Zab;
import io.fluxkeeper.core.consensus.zab.ZabLimits;
import io.fluxkeeper.core.consensus.zab.ZabTiming;

/** The algorithms under test, with waits and bounds small enough to be reached. */
final class Broadcasts {
    private static final ZabTiming TIMING = new ZabTiming(2, 4, 4, 15, 30, 30, 400, 30);

    private Broadcasts() {}

    /** @param name as in {@code -Dsim.consensus} */
    static AtomicBroadcast make(
            String name, Ensemble ensemble, RecoveredLog log, SimulationOptions.Bounds bounds, long seed) {
        if (!name.equals("zab")) {
            throw new IllegalArgumentException("-Dsim.consensus is zab, not " + name);
        }
        ZabLimits limits = new ZabLimits(
                4_096, 1_024, 1 << 20, bounds.historyCount(), 1 << 20, 16 << 20, 1_000, 1 << 20, bounds.counterMax());
        return new Zab(ensemble, TIMING, log, limits, 1 + Math.floorMod(seed, 1L << 40));
    }
}
