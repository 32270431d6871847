package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Effects;
import io.fluxkeeper.core.consensus.Role;

/** What the parts of one replica share: its state, its standing in the ensemble, and the present moment. */
final class ReplicaContext {
    final ReplicaConfig config;
    final AtomicBroadcast broadcast;
    final Effects effects;
    final ReplicaOutput output;

    /** Replaced as a whole when a state transfer is installed. */
    StateMachine state;

    Effect.Status status;

    /** Ticks since this replica was made. */
    long tick;

    /** The host's clock at the present input. */
    long nowMillis;

    boolean shuttingDown;

    /** The tick at which this peer stopped serving; only meaningful while it does not serve. */
    long notServingSinceTick;

    /** Whether it has ever served: before, it has nothing to answer reads from. */
    boolean everServed;

    ReplicaContext(
            ReplicaConfig config,
            AtomicBroadcast broadcast,
            Effects effects,
            ReplicaOutput output,
            StateMachine state) {
        this.config = config;
        this.broadcast = broadcast;
        this.effects = effects;
        this.output = output;
        this.state = state;
        this.status = broadcast.status();
    }

    boolean isLeading() {
        return status.role() == Role.LEADING && status.serving();
    }

    boolean isFollowing() {
        return status.role() == Role.FOLLOWING && status.serving();
    }

    /** Local reads are answered while serving, and for a while after (architecture, decision 8). */
    boolean mayRead() {
        return status.serving()
                || everServed && tick - notServingSinceTick <= config.bounds().readWaitTicks();
    }

    void tellLeader(ReplicaMessage message) {
        PeerId leader = status.leader();
        if (leader != null) {
            output.tell(leader, status.link(), message);
        }
    }
}
