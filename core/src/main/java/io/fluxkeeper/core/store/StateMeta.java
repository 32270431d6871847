package io.fluxkeeper.core.store;

import io.fluxkeeper.core.Zxid;

/**
 * Says what a version of the state is.
 *
 * @param applied the last transaction in it
 * @param chain the chain at that transaction
 * @param digest the order-independent digest of all tables, as the state machine computes it
 */
public record StateMeta(Zxid applied, long chain, long digest) {}
