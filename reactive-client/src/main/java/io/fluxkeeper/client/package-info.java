/**
 * The reactive client: what an application uses. Imports {@code core}'s values ({@code core.protocol},
 * {@code core.znode}) and, for its own working, the packages below it. Begin at
 * {@link io.fluxkeeper.client.FluxkeeperClient}; the packages below are not for applications.
 */
@NullMarked
package io.fluxkeeper.client;

import org.jspecify.annotations.NullMarked;
