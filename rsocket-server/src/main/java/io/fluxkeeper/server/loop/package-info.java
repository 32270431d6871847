/**
 * The loop that runs a replica: mailbox in, one replica thread, effects out to the ports {@link
 * io.fluxkeeper.server.loop.PeerPort} and {@link io.fluxkeeper.server.loop.ClientPort} and to the journal and store
 * threads. Begin at {@code ReplicaLoop}.
 */
@NullMarked
package io.fluxkeeper.server.loop;

import org.jspecify.annotations.NullMarked;
