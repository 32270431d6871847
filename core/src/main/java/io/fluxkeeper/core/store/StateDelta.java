package io.fluxkeeper.core.store;

import io.fluxkeeper.core.Zxid;
import java.util.List;

/**
 * What the transactions since the last delta changed, in order: many changes of one key may be folded into the last.
 *
 * @param applied the last transaction in it
 * @param chain the chain at that transaction
 * @param digest the digest of the whole state after it
 */
public record StateDelta(Zxid applied, long chain, long digest, List<StateChange> changes) {}
