package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.replica.Replica;
import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.core.replica.ReplicaInput;
import java.util.List;

/**
 * What the loop runs: a {@link Replica}, or in a test a script in its place. Called on the replica thread alone, but for
 * what meters ask.
 */
public interface ReplicaSteps {
    void handle(ReplicaInput input, long nowMillis, List<ReplicaEffect> effects);

    void endOfDrain(List<ReplicaEffect> effects);

    boolean hasMoreToDo();

    /** Of the tree at the end of the last drain; any thread. */
    long znodes();

    /** What they take of the heap, about, likewise. */
    long treeBytes();

    static ReplicaSteps of(Replica replica) {
        return new OfReplica(replica);
    }

    /** Not for callers: {@link #of}. */
    final class OfReplica implements ReplicaSteps {
        private final Replica replica;
        private volatile long znodes;
        private volatile long treeBytes;

        private OfReplica(Replica replica) {
            this.replica = replica;
            publishSize();
        }

        @Override
        public void handle(ReplicaInput input, long nowMillis, List<ReplicaEffect> effects) {
            replica.handle(input, nowMillis, effects);
        }

        @Override
        public void endOfDrain(List<ReplicaEffect> effects) {
            replica.endOfDrain(effects);
            publishSize();
        }

        private void publishSize() {
            znodes = replica.znodes();
            treeBytes = replica.treeBytes();
        }

        @Override
        public boolean hasMoreToDo() {
            return replica.hasMoreToDo();
        }

        @Override
        public long znodes() {
            return znodes;
        }

        @Override
        public long treeBytes() {
            return treeBytes;
        }
    }
}
