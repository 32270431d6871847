package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Role;
import org.jspecify.annotations.Nullable;

/** One of the three roles: what it does with each message, and with what else happens. */
interface ZabRole extends ZabMessage.Handler {
    Role role();

    /** Null when none is known. */
    @Nullable PeerId leader();

    /** Part of an established quorum. */
    boolean isServing();

    /** Where this role stands in an election, for peers that are LOOKING. */
    ZabMessage.Vote vote();

    /** The first thing it does. */
    void enter();

    /** The last thing it does: gives up what it holds. */
    void leave();

    void tick();

    /** The log became durable further than before. */
    void persisted();

    /** Every waiting input has been handled. */
    void endOfDrain();

    /** A peer said how far its membership has come. */
    void introduced(PeerId peer);

    void linkDown(PeerId peer);
}
