package io.fluxkeeper.core.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import org.jspecify.annotations.Nullable;

/**
 * How fresh a read must be: never behind what its caller has written or seen, and more if the caller says so. What it
 * was read at is the zxid of its reply.
 *
 * @param session a session attached on this connection; null for none, then {@code after} is 0
 * @param after the last write of the session sent before this read; 0 for none
 * @param atLeast the highest zxid the caller has seen in any reply, refusal or event, or one that somebody else told it;
 *     null for none
 * @param linearizable whether it must see every write that was answered, to anyone, before it was asked: then a quorum
 *     is asked first, in one round trip of the leader's
 */
public record ReadStamp(
        @Nullable SessionId session,
        long after,
        @Nullable Zxid atLeast,
        // left out by most reads, so that they do not pay for it
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean linearizable) {
    public static final ReadStamp NONE = new ReadStamp(null, 0, null);

    public ReadStamp {
        if (after < 0) {
            throw new IllegalArgumentException("after is 0 or more: " + after);
        }
        if (session == null && after != 0) {
            throw new IllegalArgumentException("after needs a session");
        }
    }

    /** Of a local read. */
    public ReadStamp(@Nullable SessionId session, long after, @Nullable Zxid atLeast) {
        this(session, after, atLeast, false);
    }
}
