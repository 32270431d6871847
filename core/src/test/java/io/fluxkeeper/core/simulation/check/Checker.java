package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.replica.ReplicaConfig;
import io.fluxkeeper.core.replica.ReplicaView;

/** Is told what happens, in the order in which it happens, and throws a {@link Violation}. */
public interface Checker {
    /** A process started from its disk, and executed what that knew committed: up to {@code log.applied()}. */
    default void started(PeerId peer, RecoveredLog log) {}

    /** The state of a peer was replaced. */
    default void installed(PeerId peer, Zxid zxid) {}

    /** A peer hands an entry over to its state machine. */
    default void delivered(PeerId peer, Entry entry) {}

    /** An entry was handed over for the first time anywhere, and the model has executed it. */
    default void executed(Model.Executed executed, long now) {}

    /** That is the digest of a peer's state. */
    default void digest(PeerId peer, Zxid applied, long digest) {}

    default void statusChanged(PeerId peer, Effect.Status status, Zxid lastLogged) {}

    /** Of Multi-Paxos: a vote is durable on that peer's disk. */
    default void accepted(PeerId peer, DurableRecord.Accepted vote) {}

    /** A message leaves. */
    default void sent(PeerId from, PeerMessage message) {}

    /** The end of a drain. */
    default void drained(PeerId peer, ReplicaView view, ReplicaConfig.Bounds bounds) {}

    /** A client begins a request. */
    default void invoked(Call call) {}

    /** A client got an answer; not told of refusals that leave open what becomes of a write. */
    default void answered(Call call) {}

    /** A client is told, in answer to that request, that its session has ended. */
    default void sessionOver(Call call) {}

    /** The run is over. */
    default void ended() {}
}
