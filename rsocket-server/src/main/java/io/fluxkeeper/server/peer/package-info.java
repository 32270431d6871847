/**
 * Links to the other peers over RSocket: one connection a pair, two ordered lanes each way, state transfer beside them.
 * Imports core, {@code server.loop}'s ports, RSocket and Reactor Netty. Begin at
 * {@link io.fluxkeeper.server.peer.PeerLinks}.
 */
@NullMarked
package io.fluxkeeper.server.peer;

import org.jspecify.annotations.NullMarked;
