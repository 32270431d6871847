package io.fluxkeeper.core.protocol;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import org.jspecify.annotations.Nullable;

/**
 * How fresh a read must be: never behind what its caller has written or seen.
 *
 * @param session a session attached on this connection; null for none, then {@code after} is 0
 * @param after the last write of the session sent before this read; 0 for none
 * @param atLeast the highest zxid the caller has seen in any reply, refusal or event; null for none
 */
public record ReadStamp(
        @Nullable SessionId session, long after, @Nullable Zxid atLeast) {
    public static final ReadStamp NONE = new ReadStamp(null, 0, null);

    public ReadStamp {
        if (after < 0) {
            throw new IllegalArgumentException("after is 0 or more: " + after);
        }
        if (session == null && after != 0) {
            throw new IllegalArgumentException("after needs a session");
        }
    }
}
