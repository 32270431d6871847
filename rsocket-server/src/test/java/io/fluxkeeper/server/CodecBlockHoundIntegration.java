package io.fluxkeeper.server;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Lets whoever reads a message of the API wait while another thread works out how such a message is read. That happens
 * once for each type in a process, and takes milliseconds; making all readers before the first message would cost every
 * client's start more.
 */
public final class CodecBlockHoundIntegration implements BlockHoundIntegration {
    @Override
    public void applyTo(BlockHound.Builder builder) {
        builder.allowBlockingCallsInside(
                "com.fasterxml.jackson.databind.deser.DeserializerCache", "_createAndCacheValueDeserializer");
    }
}
