package io.fluxkeeper.client.session;

import io.fluxkeeper.client.BadRequestException;
import io.fluxkeeper.client.BadVersionException;
import io.fluxkeeper.client.FluxkeeperException;
import io.fluxkeeper.client.NoNodeException;
import io.fluxkeeper.client.NodeExistsException;
import io.fluxkeeper.client.NotEmptyException;
import io.fluxkeeper.client.NotFreshEnoughException;
import io.fluxkeeper.client.OutcomeUnknownException;
import io.fluxkeeper.client.RefusedException;
import io.fluxkeeper.client.RetryableException;
import io.fluxkeeper.client.SessionExpiredException;
import io.fluxkeeper.client.TooBusyException;
import io.fluxkeeper.client.ValueChangedException;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;

/** The one place where what a peer refuses with becomes what a caller catches. */
public final class Refusals {
    private Refusals() {}

    /** @param cxid the refused write's number; 0 for none */
    public static FluxkeeperException exceptionOf(ServerReply.Refused refused, long cxid) {
        ErrorCode code = refused.code();
        return switch (code.next()) {
            case NOT_APPLIED -> decided(refused);
            case BAD_REQUEST -> new BadRequestException(code, refused.message(), null);
            case RETRY_LATER -> new TooBusyException(code, refused.message());
            case RETRY_ELSEWHERE ->
                code == ErrorCode.READ_TIMEOUT
                        ? new NotFreshEnoughException(refused)
                        : new RetryableException(code, refused.message(), null);
            case SESSION_OVER -> new SessionExpiredException(null);
            case OUTCOME_UNKNOWN -> new OutcomeUnknownException(cxid, refused.message(), null);
        };
    }

    private static RefusedException decided(ServerReply.Refused refused) {
        return switch (refused.code()) {
            case NO_NODE -> new NoNodeException(refused);
            case NODE_EXISTS -> new NodeExistsException(refused);
            case BAD_VERSION -> new BadVersionException(refused);
            case NOT_EMPTY -> new NotEmptyException(refused);
            case VALUE_CHANGED -> new ValueChangedException(refused);
            default -> new RefusedException(refused);
        };
    }
}
