/**
 * The session: which peer it is attached to, which writes are not answered yet, when it is over. Everything here is
 * touched by one thread, the client's {@link io.fluxkeeper.client.connection.ClientLoop}, except where a sentence says
 * otherwise. Imports {@code client}'s public types, {@code client.connection}, {@code client.watch} and
 * {@code core.protocol}. Begin at {@link io.fluxkeeper.client.session.ClientSession}.
 */
@NullMarked
package io.fluxkeeper.client.session;

import org.jspecify.annotations.NullMarked;
