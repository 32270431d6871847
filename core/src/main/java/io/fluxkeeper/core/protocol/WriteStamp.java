package io.fluxkeeper.core.protocol;

import io.fluxkeeper.core.SessionId;

/**
 * What makes a write exactly-once and keeps it in session order.
 *
 * @param session a session attached on this connection
 * @param cxid the write's number in its session: 1, 2, 3 …; the same number for ever when it is sent again
 * @param acked every reply up to this cxid has been received; 0 for none
 */
public record WriteStamp(SessionId session, long cxid, long acked) {
    public WriteStamp {
        if (session == null) {
            throw new IllegalArgumentException("session is missing");
        }
        if (cxid < 1) {
            throw new IllegalArgumentException("cxid starts at 1: " + cxid);
        }
        if (acked < 0 || acked >= cxid) {
            throw new IllegalArgumentException("acked (" + acked + ") is 0 or more and below cxid (" + cxid + ")");
        }
    }
}
