/**
 * Multi-Paxos (Lamport, "Paxos Made Simple"; van Renesse, "Paxos Made Moderately Complex") as a pure state machine.
 * Imports {@code core}, {@code core.binary} and {@code core.consensus}; nothing of Zab.
 *
 * <p>Begin at {@link io.fluxkeeper.core.consensus.paxos.SlotAcceptor}, Paxos for one decision, then {@code PaxosMessage}
 * and {@link io.fluxkeeper.core.consensus.paxos.MultiPaxos}. A leadership runs through {@code Looking}, {@code Proposer}
 * (phase 1) and {@code Leading} (phase 2); its followers are {@code Following}. {@code Acceptor} and {@code Learner} are
 * there in every role. Messages, steps, and what differs from the papers and why: {@code core/docs/paxos.md}.
 */
@NullMarked
package io.fluxkeeper.core.consensus.paxos;

import org.jspecify.annotations.NullMarked;
