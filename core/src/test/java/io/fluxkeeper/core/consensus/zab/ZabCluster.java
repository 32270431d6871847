package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.consensus.BroadcastCluster;

/** An ensemble of {@link Zab}s in memory. */
final class ZabCluster extends BroadcastCluster {
    static final ZabTiming TIMING = new ZabTiming(2, 3, 3, 10, 20, 20, 200, 20);
    static final ZabLimits LIMITS = ZabLimits.DEFAULT;

    final ZabTiming timing;
    final ZabLimits limits;

    ZabCluster(int peers) {
        this(peers, TIMING, LIMITS);
    }

    ZabCluster(int peers, ZabTiming timing, ZabLimits limits) {
        super(
                peers,
                (ensemble, recovered, founders, freshId) ->
                        new Zab(ensemble, timing, recovered, limits, founders, freshId));
        this.timing = timing;
        this.limits = limits;
    }

    /** A cluster that is founded, has a leader and serves everywhere. */
    static ZabCluster serving(int peers) {
        ZabCluster cluster = new ZabCluster(peers);
        cluster.serve();
        return cluster;
    }
}
