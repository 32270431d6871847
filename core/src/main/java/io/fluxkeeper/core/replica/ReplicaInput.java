package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.consensus.DiskRoom;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.store.StateChunk;
import io.fluxkeeper.core.znode.Identity;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the host tells a replica. Connections, subscriptions and links have numbers that are never used again. */
public sealed interface ReplicaInput {
    /** For the broadcast: ticks, links, messages, completions of journal and store. */
    record Consensus(Input input) implements ReplicaInput {}

    /**
     * A client asks.
     *
     * @param connection where it came in
     * @param handle comes back with the one reply
     * @param freshPassword 16 random bytes for a session that may be opened; empty for other requests
     * @param identities who the client is
     */
    record Requested(
            long connection, ReplyHandle handle, ClientRequest request, byte[] freshPassword, List<Identity> identities)
            implements ReplicaInput {}

    /**
     * A client's numbered write that can never be carried out: it is refused, and keeps its number (architecture,
     * decision 2).
     *
     * @param code why, with {@code message}
     */
    record InvalidWrite(long connection, ReplyHandle handle, WriteStamp stamp, ErrorCode code, String message)
            implements ReplicaInput {}

    /** A client wants a stream; nothing is sent before {@link Demanded}. */
    record Subscribed(
            long connection, long subscription, ClientRequest.StreamRequest request, List<Identity> identities)
            implements ReplicaInput {}

    /** The subscriber takes that many more items. */
    record Demanded(long subscription, long items) implements ReplicaInput {}

    /** The subscriber wants no more. */
    record Cancelled(long subscription) implements ReplicaInput {}

    /** The connection is gone, with its requests and subscriptions; its sessions live on. */
    record ConnectionClosed(long connection) implements ReplicaInput {}

    /** The connection has more unsent bytes than its high-water mark, or again fewer: its streams rest meanwhile. */
    record ConnectionCongested(long connection, boolean congested) implements ReplicaInput {}

    /** Rows of the change log, by key, as {@code ReadChanges} asked for them; without those that the store lacks. */
    record ChangesRead(Map<String, byte[]> rows) implements ReplicaInput {
        public static ChangesRead of(StateChunk chunk) {
            Map<String, byte[]> rows = new HashMap<>();
            for (int i = 0; i < chunk.keys().size(); i++) {
                rows.put(chunk.keys().get(i), chunk.values().get(i));
            }
            return new ChangesRead(rows);
        }
    }

    /** A finished state transfer, with the state loaded and ready to serve. */
    record StateFetched(Input.StateFetched input, StateMachine state) implements ReplicaInput {}

    /** The disk has more or less room than before, measured by its floor of free space. */
    record DiskSpace(DiskRoom room) implements ReplicaInput {}

    /** The store thread's queue is at, or again below, its bound: hold back. */
    record StoreBehind(boolean behind) implements ReplicaInput {}

    /** The peer is to stop: refuse new requests, hand over leadership, then say {@code ReadyToStop}. */
    record ShutDown() implements ReplicaInput {}
}
