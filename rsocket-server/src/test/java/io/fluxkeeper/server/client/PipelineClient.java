package io.fluxkeeper.server.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.RSocketErrorException;
import io.rsocket.util.DefaultPayload;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Sinks;

/** The pipeline as {@code docs/api.md} describes it, written from there: what it sends and what came back. */
final class PipelineClient {
    /** @param code 0 for a reply */
    record Answer(int number, int code, String json) {
        ErrorCode error() {
            return ApiCodec.readError(json).code();
        }
    }

    /** The answers of each payload that came. */
    final List<List<Answer>> payloads = Collections.synchronizedList(new ArrayList<>());

    private final Sinks.Many<Payload> requests = Sinks.many().unicast().onBackpressureBuffer();
    private final Disposable channel;
    private volatile @Nullable Throwable error;
    private volatile boolean complete;
    private boolean hasRoute;

    PipelineClient(RSocket client) {
        channel = client.requestChannel(requests.asFlux())
                .subscribe(payload -> payloads.add(answers(payload)), failed -> error = failed, () -> complete = true);
    }

    static byte[] entry(int number, String route, String json) {
        ByteBuf entry = Unpooled.buffer();
        byte[] data = json.getBytes(UTF_8);
        entry.writeMedium(4 + 1 + route.length() + data.length).writeInt(number).writeByte(route.length());
        entry.writeBytes(route.getBytes(UTF_8)).writeBytes(data);
        return ByteBufUtil.getBytes(entry);
    }

    /** Sends a payload of these entries. */
    PipelineClient send(byte[]... entries) {
        return sendTo("pipeline", list(entries));
    }

    static byte[] list(byte[]... entries) {
        return ByteBufUtil.getBytes(Unpooled.wrappedBuffer(entries));
    }

    /** The first one names the route. */
    PipelineClient sendTo(String route, byte[] data) {
        requests.tryEmitNext(
                        hasRoute
                                ? DefaultPayload.create(data)
                                : DefaultPayload.create(Unpooled.wrappedBuffer(data), ApiServer.routing(route)))
                .orThrow();
        hasRoute = true;
        return this;
    }

    PipelineClient complete() {
        requests.tryEmitComplete().orThrow();
        return this;
    }

    void cancel() {
        channel.dispose();
    }

    /** So many answers, in the order they came. */
    List<Answer> await(int answers) {
        Awaitility.await().until(() -> all().size() >= answers || error != null);
        return all();
    }

    private List<Answer> all() {
        synchronized (payloads) {
            return payloads.stream().flatMap(List::stream).toList();
        }
    }

    void awaitCompletion() {
        Awaitility.await().until(() -> complete);
    }

    boolean isComplete() {
        return complete;
    }

    void awaitError() {
        Awaitility.await().until(() -> error != null);
    }

    /** The channel's end, which must be a refusal. */
    ServerReply.Refused awaitRefusal() {
        awaitError();
        return ApiCodec.readError(((RSocketErrorException) error).getMessage());
    }

    private static List<Answer> answers(Payload payload) {
        List<Answer> answers = new ArrayList<>();
        ByteBuf data = payload.sliceData();
        while (data.isReadable()) {
            ByteBuf entry = data.readSlice(data.readUnsignedMedium());
            answers.add(new Answer(entry.readInt(), entry.readInt(), entry.toString(UTF_8)));
        }
        payload.release();
        return answers;
    }
}
