/**
 * The client API as records: what a client asks ({@link io.fluxkeeper.core.protocol.ClientRequest}), what it gets
 * ({@link io.fluxkeeper.core.protocol.ServerReply}), what a watch yields
 * ({@link io.fluxkeeper.core.protocol.WatchItem}), and their JSON and CBOR form
 * ({@link io.fluxkeeper.core.protocol.ApiCodec}). Imports the shared words and {@code core.znode}'s values.
 */
@NullMarked
package io.fluxkeeper.core.protocol;

import org.jspecify.annotations.NullMarked;
