/**
 * One connection to one peer: addresses, the event loop that owns a client's state, and requests as bytes. Imports
 * RSocket, Netty and {@code core.protocol}; knows nothing of sessions. Begin at
 * {@link io.fluxkeeper.client.connection.Link}.
 */
@NullMarked
package io.fluxkeeper.client.connection;

import org.jspecify.annotations.NullMarked;
