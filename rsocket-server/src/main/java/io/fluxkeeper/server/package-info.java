/**
 * A running peer: {@link io.fluxkeeper.server.Main} for a process of its own,
 * {@link io.fluxkeeper.server.FluxkeeperServer} and {@link io.fluxkeeper.server.EmbeddedEnsemble} within another
 * program. Imports all of {@code server.*} and core; only {@code PeerAssembly} knows which implementations there are.
 * Begin at {@code RunningPeer}.
 */
@NullMarked
package io.fluxkeeper.server;

import org.jspecify.annotations.NullMarked;
