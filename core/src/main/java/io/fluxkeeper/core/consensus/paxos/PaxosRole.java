package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Role;
import org.jspecify.annotations.Nullable;

/** What a peer does just now: what it answers, and what else happens to it. */
interface PaxosRole extends PaxosMessage.Handler {
    Role role();

    /** Null when none is known. */
    @Nullable PeerId leader();

    /** The ballot of the leadership that this peer is part of; null when it is of none. */
    @Nullable Ballot ballot();

    /** Part of a leadership that has decided what it found. */
    boolean isServing();

    /** Whether this peer leads, or hears whoever does: then nobody else is to try. */
    boolean hearsLeader();

    /** The first thing it does. */
    void enter();

    /** The last thing it does: gives up what it holds. */
    default void leave() {}

    void tick();

    /** The log became durable further than before. */
    default void persisted() {}

    /** Every waiting input has been handled. */
    default void endOfDrain() {}

    /** A peer said how far its membership has come, or this one's changed. */
    default void introduced(PeerId peer) {}

    default void linkUp(PeerId peer) {}

    default void linkDown(PeerId peer) {}
}
