package io.fluxkeeper.client;

import io.fluxkeeper.core.protocol.ServerReply;
import org.jspecify.annotations.Nullable;

/**
 * What one address answered.
 *
 * @param address as {@code HOST:PORT}
 * @param status the peer's view; null when it gave none
 * @param failure why it gave none; null when it did
 */
public record PeerStatus(
        String address,
        ServerReply.@Nullable Status status,
        @Nullable FluxkeeperException failure) {}
