/**
 * Zab, the atomic broadcast of ZooKeeper (Junqueira, Reed, Serafini, DSN 2011), as a pure state machine. Imports
 * {@code core}, {@code core.binary} and {@code core.consensus}; nothing of Multi-Paxos.
 *
 * <p>Begin at {@link io.fluxkeeper.core.consensus.zab.Zab}, then {@link io.fluxkeeper.core.consensus.zab.ZabMessage};
 * a leadership runs through {@code Looking}, {@code Discovery}, {@code Synchronization} and {@code Broadcast}, the
 * phases of the paper. The message table, the steps and what differs from the paper and why: {@code core/docs/zab.md}.
 */
@NullMarked
package io.fluxkeeper.core.consensus.zab;

import org.jspecify.annotations.NullMarked;
