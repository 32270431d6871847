package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.store.StateChange;
import io.fluxkeeper.core.znode.Change;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What executing one transaction gave.
 *
 * @param transaction what was executed; null for bytes that are no transaction: nobody waits for a reply then
 * @param reply for its origin; {@code SessionOpened} comes with an empty password, which only the origin knows
 * @param changes of the tree, in order; empty for a refusal
 * @param stateChanges what the store has to keep of it
 * @param attached the session it opened or attached; null for none
 * @param ended the session it closed or expired; null for none
 * @param defect what went wrong inside and made the reply {@code SYSTEM_ERROR}, for the log and an alarm; null for
 *     nothing. Not part of the replicated state
 */
public record Applied(
        @Nullable Transaction transaction,
        ServerReply reply,
        List<Change> changes,
        List<StateChange> stateChanges,
        @Nullable SessionId attached,
        @Nullable SessionId ended,
        @Nullable RuntimeException defect) {}
