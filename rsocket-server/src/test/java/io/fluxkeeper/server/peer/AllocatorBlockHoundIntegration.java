package io.fluxkeeper.server.peer;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Lets Netty's allocator take its own short locks. RSocket allocates its keep-alive frames on Reactor's timer thread,
 * where the allocator, shared between threads there, may park for the moment in which another one grows it.
 */
public final class AllocatorBlockHoundIntegration implements BlockHoundIntegration {
    @Override
    public void applyTo(BlockHound.Builder builder) {
        builder.allowBlockingCallsInside("io.netty.buffer.AdaptivePoolingAllocator", "allocate");
    }
}
