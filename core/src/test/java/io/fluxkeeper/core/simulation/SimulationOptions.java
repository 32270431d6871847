package io.fluxkeeper.core.simulation;

import java.util.SplittableRandom;

/**
 * What a seed decides before anything happens; printed first when a run fails.
 *
 * @param messageDelayMax time units a message takes at most, at least 1
 * @param syncDelayMax time units an fsync takes at most
 * @param disconnectsPerThousand chance a tick of cutting a random link
 * @param crashesPerThousand chance a tick of crashing a random peer
 * @param downTicksMax ticks a crashed peer stays down at most
 * @param faultTicks length of the first phase, with faults
 * @param writesPerClient what each client wants to get done
 * @param pacePercent chance a tick that a client sends what it may
 * @param pipeline writes a client has under way at once
 * @param historyCountMax entries a leader keeps for DIFF: a small number makes SNAP frequent
 * @param movesPerThousand chance a tick that an attached client leaves for another peer, or the same
 * @param powerCutsPerThousand chance a tick that all peers crash at once
 * @param slowSyncsPerThousand chance of an fsync that takes many times as long
 * @param wipes whether one crash in ten loses the disk, at most one peer at a time
 */
record SimulationOptions(
        int peers,
        int clients,
        int messageDelayMax,
        int syncDelayMax,
        int disconnectsPerThousand,
        int crashesPerThousand,
        int downTicksMax,
        int faultTicks,
        int writesPerClient,
        int pacePercent,
        int pipeline,
        int historyCountMax,
        int movesPerThousand,
        int powerCutsPerThousand,
        int slowSyncsPerThousand,
        boolean wipes) {
    static SimulationOptions draw(SplittableRandom random) {
        return new SimulationOptions(
                3,
                1 + random.nextInt(4),
                1 + random.nextInt(12),
                1 + random.nextInt(20),
                random.nextInt(60),
                random.nextInt(25),
                5 + random.nextInt(60),
                300 + random.nextInt(500),
                20 + random.nextInt(200),
                1 + random.nextInt(60),
                1 + random.nextInt(8),
                random.nextInt(3) == 0 ? 5 : 1_000,
                random.nextInt(3) == 0 ? random.nextInt(80) : random.nextInt(5),
                random.nextInt(16),
                random.nextInt(200),
                random.nextInt(3) == 0);
    }
}
