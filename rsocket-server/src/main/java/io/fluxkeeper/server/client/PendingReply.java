package io.fluxkeeper.server.client;

import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.replica.ReplyHandle;
import io.fluxkeeper.core.znode.Identity;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way: what the replica answers to, and what the event loop then runs. Everything happens on the
 * connection's event loop except {@link #answer}.
 */
final class PendingReply implements ReplyHandle, Runnable {
    final ClientConnection connection;
    final RouteTable.Entry route;
    final long startNanos;
    /** Null when {@link #invalid} is there. */
    final @Nullable ClientRequest request;

    private final @Nullable Invalid invalid;
    private final Asker asker;
    private final int number;

    /** Written by the replica thread before it hands this object to the event loop. */
    private @Nullable ServerReply reply;

    /** Of the request; on the event loop only. */
    int bytes;

    /** A numbered write that cannot be carried out: the replica refuses it under its number. */
    record Invalid(WriteStamp stamp, ErrorCode code, String message) {}

    /** Where the answer goes. */
    interface Asker {
        /** Whether nobody waits for answers any more. */
        boolean isGone();

        /** @param number of the request, as the asker gave it */
        void answered(int number, ServerReply answer);
    }

    /** Nobody waits for what comes of a request that the server made itself. */
    static final Asker NOBODY = new Asker() {
        @Override
        public boolean isGone() {
            return true;
        }

        @Override
        public void answered(int number, ServerReply answer) {
            // nobody asked
        }
    };

    PendingReply(
            ClientConnection connection,
            RouteTable.Entry route,
            ClientRequest request,
            long startNanos,
            Asker asker,
            int number) {
        this(connection, route, startNanos, request, null, asker, number);
    }

    PendingReply(
            ClientConnection connection,
            RouteTable.Entry route,
            Invalid invalid,
            long startNanos,
            Asker asker,
            int number) {
        this(connection, route, startNanos, null, invalid, asker, number);
    }

    private PendingReply(
            ClientConnection connection,
            RouteTable.Entry route,
            long startNanos,
            @Nullable ClientRequest request,
            @Nullable Invalid invalid,
            Asker asker,
            int number) {
        this.connection = connection;
        this.route = route;
        this.startNanos = startNanos;
        this.request = request;
        this.invalid = invalid;
        this.asker = asker;
        this.number = number;
    }

    /** What the replica is told. */
    ReplicaInput input(byte[] freshPassword, List<Identity> identities) {
        ClientRequest asked = request;
        if (asked != null) {
            return new ReplicaInput.Requested(connection.number(), this, asked, freshPassword, identities);
        }
        Invalid why = Objects.requireNonNull(invalid);
        return new ReplicaInput.InvalidWrite(connection.number(), this, why.stamp(), why.code(), why.message());
    }

    /**
     * Hands it to the replica; what is refused at once is answered at once.
     *
     * @param size bytes of the request
     */
    void submit(int size) {
        bytes = size;
        ServerReply.Refused refused = connection.submit(this);
        if (refused != null) {
            connection.count(route, refused, startNanos);
            asker.answered(number, refused);
        }
    }

    /** On the replica thread. */
    void answer(ServerReply answer) {
        reply = answer;
    }

    /** On the event loop, once the replica has answered. */
    @Override
    public void run() {
        ServerReply answer = reply;
        if (answer == null || asker == NOBODY) {
            return; // what nobody asked was not counted
        }
        reply = null; // a second answer is none
        connection.answered(this, answer);
        if (asker.isGone()) {
            connection.unwanted(this, answer);
        } else {
            asker.answered(number, answer);
        }
    }
}
