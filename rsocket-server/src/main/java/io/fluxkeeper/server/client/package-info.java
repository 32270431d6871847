/**
 * The client API over RSocket, on TCP and WebSocket: frames in, {@link io.fluxkeeper.core.replica.ReplicaInput} into
 * the mailbox; what the replica answers, back onto the event loop of its connection. Imports {@code core.protocol},
 * {@code core.replica}'s inputs and {@code server.loop}'s ports. Begin at
 * {@link io.fluxkeeper.server.client.ClientListener}, then {@link io.fluxkeeper.server.client.ClientConnection}.
 */
@NullMarked
package io.fluxkeeper.server.client;

import org.jspecify.annotations.NullMarked;
