package io.fluxkeeper.client;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import org.jspecify.annotations.Nullable;

/**
 * What a watch or an observation tells. Changes come one by one. Where they cannot, because a stream begins with the
 * state or was away for longer than changes are kept, {@link Reset} says so, {@link Present} shows each znode, and
 * {@link Exact} says that all were shown.
 */
public sealed interface TreeEvent {
    /** For a change its transaction; else the state it was read from. */
    Zxid zxid();

    /**
     * Where a watch goes on after this event without a gap; keep it to resume after a restart. Null while a state is
     * shown: who has not seen all of it has to begin with the state again.
     */
    @Nullable ChangePosition position();

    /** What is told of one znode. */
    sealed interface OfZnode extends TreeEvent {
        ZnodePath path();

        /** Null when not asked for, and when the znode was deleted. */
        @Nullable Stat stat();

        /** Null when not asked for, when the znode was deleted, and when null. */
        byte @Nullable [] data();
    }

    /**
     * A znode was created, changed or deleted.
     *
     * @param zxid its transaction
     * @param stat the znode after it; null when not asked for, and when it was deleted
     * @param data the data after it; null when not asked for, when deleted, and when null
     */
    record Changed(
            Zxid zxid,
            @Nullable ChangePosition position,
            EventType type,
            ZnodePath path,
            @Nullable Stat stat,
            byte @Nullable [] data)
            implements OfZnode {}

    /** What was told before is void; the state follows. Whoever keeps a copy deletes from it what is not shown now. */
    record Reset(Zxid zxid) implements TreeEvent {
        @Override
        public @Nullable ChangePosition position() {
            return null;
        }
    }

    /**
     * A znode as it is. They come in the order of their paths; changes of those shown already come in between.
     *
     * @param stat null when not asked for
     * @param data null when not asked for, and when null
     */
    record Present(Zxid zxid, ZnodePath path, @Nullable Stat stat, byte @Nullable [] data) implements OfZnode {
        @Override
        public @Nullable ChangePosition position() {
            return null;
        }
    }

    /** Everything was shown: a copy of what was told is what there is at this zxid. */
    record Exact(Zxid zxid) implements TreeEvent {
        @Override
        public ChangePosition position() {
            return ChangePosition.after(zxid);
        }
    }
}
