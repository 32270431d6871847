/**
 * Watches and observations as streams that go on by position, at any peer, at their subscriber's demand. Imports {@code client}'s public
 * types, {@code client.connection} and {@code core.protocol}. Begin at
 * {@link io.fluxkeeper.client.watch.WatchSubscription}.
 */
@NullMarked
package io.fluxkeeper.client.watch;

import org.jspecify.annotations.NullMarked;
