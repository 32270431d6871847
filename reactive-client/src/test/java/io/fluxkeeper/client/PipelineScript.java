package io.fluxkeeper.client;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.rsocket.Payload;
import io.rsocket.exceptions.CustomRSocketException;
import io.rsocket.util.ByteBufPayload;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A peer's side of the pipeline for tests: each entry is a request of its own, each answer a payload of its own. */
public final class PipelineScript {
    private record Entry(int number, String route, byte[] data) {}

    private PipelineScript() {}

    /** @param handler answers a route's request as a request-response */
    public static Flux<Payload> serve(
            Publisher<Payload> payloads, BiFunction<String, byte[], ? extends Mono<Payload>> handler) {
        return Flux.from(payloads)
                .concatMapIterable(PipelineScript::entries)
                .flatMap(
                        entry -> handler.apply(entry.route, entry.data)
                                .map(reply -> answer(entry.number, 0, reply.sliceData()))
                                .onErrorResume(
                                        CustomRSocketException.class,
                                        error -> Mono.just(answer(
                                                entry.number,
                                                error.errorCode(),
                                                Unpooled.copiedBuffer(error.getMessage(), StandardCharsets.UTF_8)))),
                        Integer.MAX_VALUE);
    }

    private static List<Entry> entries(Payload payload) {
        try {
            List<Entry> entries = new ArrayList<>();
            ByteBuf data = payload.sliceData();
            while (data.isReadable()) {
                ByteBuf entry = data.readSlice(data.readUnsignedMedium());
                int number = entry.readInt();
                String route = entry.readCharSequence(entry.readUnsignedByte(), US_ASCII)
                        .toString();
                byte[] request = new byte[entry.readableBytes()];
                entry.readBytes(request);
                entries.add(new Entry(number, route, request));
            }
            return entries;
        } finally {
            payload.release();
        }
    }

    private static Payload answer(int number, int code, ByteBuf data) {
        return ByteBufPayload.create(Unpooled.buffer()
                .writeMedium(8 + data.readableBytes())
                .writeInt(number)
                .writeInt(code)
                .writeBytes(data));
    }
}
