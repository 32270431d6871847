package io.fluxkeeper.server;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Lets whoever reads a message of the API wait while another thread works out how such a message is read. That happens
 * once for each type in a process, and takes milliseconds; making all readers before the first message would cost every
 * client's start more.
 *
 * <p>And lets RSocket take the keep-alive of a connection that ended out of its timer's queue, whose lock is held for
 * moments: contended only when many connections of one process end at once. Reactor itself allows the same for putting
 * in.
 */
public final class CodecBlockHoundIntegration implements BlockHoundIntegration {
    @Override
    public void applyTo(BlockHound.Builder builder) {
        builder.allowBlockingCallsInside(
                "com.fasterxml.jackson.databind.deser.DeserializerCache", "_createAndCacheValueDeserializer");
        builder.allowBlockingCallsInside("java.util.concurrent.ScheduledThreadPoolExecutor$DelayedWorkQueue", "remove");
    }
}
