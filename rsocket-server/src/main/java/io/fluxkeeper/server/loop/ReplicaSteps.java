package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.replica.Replica;
import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.core.replica.ReplicaInput;
import java.util.List;

/** What the loop runs: a {@link Replica}, or in a test a script in its place. Called on the replica thread alone. */
public interface ReplicaSteps {
    void handle(ReplicaInput input, long nowMillis, List<ReplicaEffect> effects);

    void endOfDrain(List<ReplicaEffect> effects);

    boolean hasMoreToDo();

    /** @param size is told of the tree, now and after each drain */
    static ReplicaSteps of(Replica replica, TreeSize size) {
        size.publish(replica);
        return new ReplicaSteps() {
            @Override
            public void handle(ReplicaInput input, long nowMillis, List<ReplicaEffect> effects) {
                replica.handle(input, nowMillis, effects);
            }

            @Override
            public void endOfDrain(List<ReplicaEffect> effects) {
                replica.endOfDrain(effects);
                size.publish(replica);
            }

            @Override
            public boolean hasMoreToDo() {
                return replica.hasMoreToDo();
            }
        };
    }
}
