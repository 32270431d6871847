package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.consensus.AtomicBroadcast;
import java.util.List;

/** One peer: broadcast, state, sessions and watches. SHAPE ONLY, to be built. */
public final class Replica {
    /**
     * @param state loaded, and executed as far as it is known committed
     * @param lastBatch the number of the last batch in the journal; 0 for none
     */
    public Replica(ReplicaConfig config, AtomicBroadcast broadcast, StateMachine state, long lastBatch) {}

    /** Handles one input. @param nowMillis the host's clock, used only by a leader, for transactions' time */
    public void handle(ReplicaInput input, long nowMillis, List<ReplicaEffect> effects) {
        throw new UnsupportedOperationException();
    }

    /** Called once every waiting input has been handled: sends, persists and answers what has gathered. */
    public void endOfDrain(List<ReplicaEffect> effects) {
        throw new UnsupportedOperationException();
    }

    /** Whether work is left that wants another turn even without an input (fan-out in slices). */
    public boolean hasMoreToDo() {
        throw new UnsupportedOperationException();
    }
}
