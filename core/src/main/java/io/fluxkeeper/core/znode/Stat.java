package io.fluxkeeper.core.znode;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;

/**
 * What a client sees of a znode beside its data; field by field ZooKeeper's {@code Stat}.
 *
 * @param czxid the transaction that created it
 * @param mzxid the transaction that last changed its data
 * @param ctime when it was created, milliseconds since 1970 by the leader's clock
 * @param mtime when its data last changed, likewise
 * @param version how often its data was set since it was created
 * @param cversion changes of its children, as ZooKeeper shows it: {@code 2 * creates - numChildren}
 * @param aversion changes of its ACL
 * @param ephemeralOwner the session it goes with; {@link SessionId#NONE} for a znode that stays
 * @param dataLength bytes of data; 0 for empty and for null
 * @param numChildren children now
 * @param pzxid the transaction that last created or deleted a child; {@code czxid} at first
 */
public record Stat(
        Zxid czxid,
        Zxid mzxid,
        long ctime,
        long mtime,
        int version,
        int cversion,
        int aversion,
        SessionId ephemeralOwner,
        int dataLength,
        int numChildren,
        Zxid pzxid) {}
