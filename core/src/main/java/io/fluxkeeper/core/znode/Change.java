package io.fluxkeeper.core.znode;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.EventType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the change log.
 *
 * @param zxid the transaction
 * @param ordinal its place in the transaction, from 0
 * @param last whether it is the last of its transaction
 * @param path the znode it happened to
 * @param stat the znode after it; null when it was deleted
 * @param data the data after it; null when deleted or null
 * @param acl of the znode, as it was at the change (before it, for a delete); null for open to all
 * @param parentAcl of its parent at the change; null for open to all
 */
public record Change(
        Zxid zxid,
        int ordinal,
        boolean last,
        EventType type,
        ZnodePath path,
        @Nullable Stat stat,
        byte @Nullable [] data,
        @Nullable List<Acl> acl,
        @Nullable List<Acl> parentAcl) {}
