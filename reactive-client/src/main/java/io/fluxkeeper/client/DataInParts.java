package io.fluxkeeper.client;

import io.fluxkeeper.client.session.ClientSession;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply.Data;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** One reading of data that need not fit one reply: a part is asked for when the one before is taken. */
final class DataInParts {
    /** Small enough that a part delays nobody else's replies on the connection. */
    private static final int PART_BYTES = 256 << 10;

    /** How often a value is read anew that is replaced while it is read, before the caller hears so. */
    private static final int RETRIES_MAX = 4;

    private final ClientSession session;
    private final ZnodePath path;
    private final int bytesMax;

    /** Bytes read so far; on the client's loop only. */
    private int read;

    private DataInParts(ClientSession session, ZnodePath path, int bytesMax) {
        this.session = session;
        this.path = path;
        this.bytesMax = bytesMax;
    }

    static Flux<Data> of(ClientSession session, ZnodePath path, int bytesMax, Freshness freshness) {
        return Flux.defer(() -> {
            DataInParts parts = new DataInParts(session, path, bytesMax);
            return parts.part(null, freshness).expand(parts::next);
        });
    }

    static Mono<Data> whole(ClientSession session, ZnodePath path, Freshness freshness) {
        return of(session, path, PART_BYTES, freshness)
                .collectList()
                .map(DataInParts::joined)
                .retryWhen(Retry.max(RETRIES_MAX)
                        .filter(ValueChangedException.class::isInstance)
                        .onRetryExhaustedThrow((retries, last) -> last.failure()));
    }

    private Mono<Data> next(Data part) {
        read += length(part);
        boolean isLast = read >= part.stat().dataLength() || length(part) == 0;
        return isLast ? Mono.empty() : part(part.stat().mzxid(), Freshness.local());
    }

    private Mono<Data> part(@Nullable Zxid mzxid, Freshness freshness) {
        int offset = read;
        return session.read(
                Routes.ZNODE_GET, freshness, stamp -> new ClientRequest.GetData(path, offset, bytesMax, mzxid, stamp));
    }

    private static Data joined(List<Data> parts) {
        Data last = parts.get(parts.size() - 1);
        if (parts.size() == 1) {
            return last;
        }
        byte[] whole = new byte[last.stat().dataLength()];
        int end = 0;
        for (Data part : parts) {
            byte[] bytes = part.data();
            if (bytes != null) {
                System.arraycopy(bytes, 0, whole, end, bytes.length);
                end += bytes.length;
            }
        }
        return new Data(last.zxid(), end == whole.length ? whole : Arrays.copyOf(whole, end), last.stat());
    }

    private static int length(Data part) {
        return part.data() == null ? 0 : part.data().length;
    }
}
