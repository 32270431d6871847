package io.fluxkeeper.client;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import org.jspecify.annotations.Nullable;

/**
 * One change of a watched znode.
 *
 * @param zxid its transaction
 * @param position where a watch goes on after this event; keep it to resume after a restart
 * @param type what happened
 * @param path the znode it happened to
 * @param stat the znode after it; null when it was deleted
 * @param data the data after it; null when not asked for, when deleted, and when null
 */
public record WatchEvent(
        Zxid zxid,
        ChangePosition position,
        EventType type,
        ZnodePath path,
        @Nullable Stat stat,
        byte @Nullable [] data) {}
