package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import org.jspecify.annotations.Nullable;

/** One request of a client, from when it was first sent until it was answered, however often it was sent between. */
public final class Call {
    private final int client;
    private final @Nullable SessionId session;
    private final ClientRequest request;
    private final long invokedAt;
    private final Zxid seenBefore;
    private final boolean linearizable;
    private long answeredAt = -1;
    private @Nullable ServerReply reply;

    /**
     * @param session of the client when it was sent; null for none
     * @param invokedAt for a read behind a sync, when the sync was sent
     * @param seenBefore the highest zxid this client had seen in its session
     * @param linearizable whether it is a read behind a sync, or asked to be linearizable itself
     */
    public Call(
            int client,
            @Nullable SessionId session,
            ClientRequest request,
            long invokedAt,
            Zxid seenBefore,
            boolean linearizable) {
        this.client = client;
        this.session = session;
        this.request = request;
        this.invokedAt = invokedAt;
        this.seenBefore = seenBefore;
        this.linearizable = linearizable;
    }

    public void answered(long at, ServerReply answer) {
        answeredAt = at;
        reply = answer;
    }

    public int client() {
        return client;
    }

    public @Nullable SessionId session() {
        return session;
    }

    public ClientRequest request() {
        return request;
    }

    public long invokedAt() {
        return invokedAt;
    }

    public Zxid seenBefore() {
        return seenBefore;
    }

    public boolean isLinearizable() {
        return linearizable;
    }

    /** -1 while nobody knows what came of it. */
    public long answeredAt() {
        return answeredAt;
    }

    /** Null while nobody knows what came of it. */
    public @Nullable ServerReply reply() {
        return reply;
    }

    /** Null for what is no numbered write. */
    public @Nullable WriteStamp stamp() {
        return request instanceof ClientRequest.WriteRequest write ? write.stamp() : null;
    }

    @Override
    public String toString() {
        return "client " + client + " " + request + " at " + invokedAt + " answered " + reply + " at " + answeredAt;
    }
}
