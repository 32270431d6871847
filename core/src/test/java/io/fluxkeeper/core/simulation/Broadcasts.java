package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.consensus.Algorithm;
import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.consensus.paxos.MultiPaxos;
import io.fluxkeeper.core.consensus.paxos.PaxosLimits;
import io.fluxkeeper.core.consensus.paxos.PaxosTiming;
import io.fluxkeeper.core.consensus.zab.Zab;
import io.fluxkeeper.core.consensus.zab.ZabLimits;
import io.fluxkeeper.core.consensus.zab.ZabTiming;
import java.util.SplittableRandom;

/** The algorithms under test, with waits and bounds small enough to be reached. */
final class Broadcasts {
    private static final ZabTiming ZAB_TIMING = new ZabTiming(2, 4, 4, 15, 30, 30, 400, 30);
    private static final PaxosTiming PAXOS_TIMING = new PaxosTiming(2, 4, 15, 30, 30, 400, 30);

    private Broadcasts() {}

    /** @param name as in {@code -Dsim.consensus}: that of the configuration, or {@code paxos} for short */
    static Algorithm algorithm(String name) {
        return name.equals("paxos")
                ? Algorithm.MULTI_PAXOS
                : Algorithm.of(name)
                        .orElseThrow(() -> new IllegalArgumentException(
                                "-Dsim.consensus is zab, multi-paxos or paxos, not " + name));
    }

    /** @param random for the waits of this process alone: peers with equal waits would duel for ever */
    static AtomicBroadcast make(
            Algorithm algorithm,
            Ensemble ensemble,
            RecoveredLog log,
            SimulationOptions.Bounds bounds,
            long seed,
            SplittableRandom random) {
        long freshEnsembleId = 1 + Math.floorMod(seed, 1L << 40);
        if (algorithm == Algorithm.MULTI_PAXOS) {
            PaxosLimits limits =
                    new PaxosLimits(4_096, 1_024, 1 << 19, bounds.historyCount(), 1 << 20, 16 << 20, 1_000, 1 << 20);
            return new MultiPaxos(ensemble, PAXOS_TIMING, log, limits, ensemble.peers(), freshEnsembleId, random);
        }
        ZabLimits limits = new ZabLimits(
                4_096, 1_024, 1 << 20, bounds.historyCount(), 1 << 20, 16 << 20, 1_000, 1 << 20, bounds.counterMax());
        return new Zab(ensemble, ZAB_TIMING, log, limits, freshEnsembleId);
    }
}
