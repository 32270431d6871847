package io.fluxkeeper.client.session;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each code becomes the exception that says what its caller may do next, with code and sentence of the peer. */
class RefusalsTest {
    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void aRefusalBecomesWhatItsCallerMayDoNext(ErrorCode code) {
        FluxkeeperException failure =
                Refusals.exceptionOf(ServerReply.Refused.at(Zxid.of(1, 2), code, "/a", "as the peer says"), 7);

        assertThat(failure).isExactlyInstanceOf(type(code));
        switch (code.next()) {
            case OUTCOME_UNKNOWN ->
                assertThat(failure).hasMessage("write 7 may or may not have been applied: as the peer says");
            case SESSION_OVER -> assertThat(failure).hasMessage("the session is over");
            default -> assertThat(failure).hasMessage(code + ": as the peer says");
        }
    }

    private static Class<? extends FluxkeeperException> type(ErrorCode code) {
        return switch (code) {
            case NO_NODE -> NoNodeException.class;
            case NODE_EXISTS -> NodeExistsException.class;
            case BAD_VERSION -> BadVersionException.class;
            case NOT_EMPTY -> NotEmptyException.class;
            case NO_CHILDREN_FOR_EPHEMERALS,
                    TOO_MANY_EPHEMERALS,
                    NO_AUTH,
                    INVALID_ACL,
                    RUNTIME_INCONSISTENCY,
                    PIN_ENDED,
                    TREE_FULL,
                    SYSTEM_ERROR -> RefusedException.class;
            case BAD_ARGUMENTS, UNIMPLEMENTED, UNKNOWN_ROUTE, MALFORMED, TOO_LARGE, REPLY_TOO_LARGE, UNKNOWN_SESSION ->
                BadRequestException.class;
            case SESSION_EXPIRED, SESSION_MOVED -> SessionExpiredException.class;
            case GAP, WINDOW_FULL, TOO_BUSY, DISK_FULL, LIMIT_REACHED, SUBSCRIBER_STALLED -> TooBusyException.class;
            case SHUTTING_DOWN, NOT_SERVING, PEER_BEHIND -> RetryableException.class;
            case VALUE_CHANGED -> ValueChangedException.class;
            case READ_TIMEOUT -> NotFreshEnoughException.class;
            case OUTCOME_UNKNOWN -> OutcomeUnknownException.class;
        };
    }
}
