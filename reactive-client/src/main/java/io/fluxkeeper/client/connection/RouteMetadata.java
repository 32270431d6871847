package io.fluxkeeper.client.connection;

import io.fluxkeeper.core.protocol.PipelineFormat;
import io.fluxkeeper.core.protocol.Routes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.rsocket.metadata.CompositeMetadataCodec;
import io.rsocket.metadata.TaggingMetadataCodec;
import io.rsocket.metadata.WellKnownMimeType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The composite metadata of each route, encoded once: it is the same for every request. */
final class RouteMetadata {
    private static final Map<String, ByteBuf> BY_ROUTE = encodeAll();

    private RouteMetadata() {}

    /** A view with its own indexes of bytes that are never released. */
    static ByteBuf of(String route) {
        ByteBuf encoded = BY_ROUTE.get(route);
        if (encoded == null) {
            throw new IllegalArgumentException("no such route: " + route);
        }
        return encoded.duplicate();
    }

    private static Map<String, ByteBuf> encodeAll() {
        Map<String, ByteBuf> encoded = new HashMap<>();
        for (Routes.Route<?, ?> route : Routes.ALL) {
            encoded.put(route.name(), encode(route.name()));
        }
        encoded.put(PipelineFormat.ROUTE, encode(PipelineFormat.ROUTE));
        return Map.copyOf(encoded);
    }

    private static ByteBuf encode(String route) {
        CompositeByteBuf composite = ByteBufAllocator.DEFAULT.compositeBuffer();
        CompositeMetadataCodec.encodeAndAddMetadata(
                composite,
                ByteBufAllocator.DEFAULT,
                WellKnownMimeType.MESSAGE_RSOCKET_ROUTING,
                TaggingMetadataCodec.createTaggingContent(ByteBufAllocator.DEFAULT, List.of(route)));
        ByteBuf flat = Unpooled.directBuffer(composite.readableBytes()).writeBytes(composite);
        composite.release();
        return Unpooled.unreleasableBuffer(flat);
    }
}
