package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.znode.Znode;
import org.jspecify.annotations.Nullable;

/**
 * Whether a tree that is as large as it may be has room for a transaction. What makes it smaller, or no larger, has: an
 * ensemble that is full is emptied by its clients, and serves those that only change what is there.
 */
final class TreeRoom {
    /** 0 for as much as there is heap. */
    private final long bytesMax;

    TreeRoom(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /**
     * Why there is none; null where there is.
     *
     * @param payload of a transaction; for one that cannot be read there is room, since it is refused when it is executed
     */
    @Nullable String whyNot(byte[] payload, StateMachine state) {
        if (bytesMax == 0 || state.treeBytes() < bytesMax || !grows(payload, state)) {
            return null; // nearly always without reading the payload
        }
        return "the tree takes " + state.treeBytes() + " bytes of the leader's heap; from treeBytesMax (" + bytesMax
                + ") on, what makes it larger is refused: delete some, or give every peer a larger heap";
    }

    private static boolean grows(byte[] payload, StateMachine state) {
        try {
            return TransactionCodec.decode(payload).body() instanceof Transaction.Write write
                    && write.operations().stream().anyMatch(operation -> grows(operation, state));
        } catch (MalformedBytesException refusedLater) {
            return false;
        }
    }

    private static boolean grows(Operation operation, StateMachine state) {
        if (operation instanceof Operation.SetData set) {
            Znode znode = state.tree().get(set.path().value());
            return znode != null && length(set.data()) > length(znode.data());
        }
        return operation instanceof Operation.Create;
    }

    private static int length(byte @Nullable [] data) {
        return data == null ? 0 : data.length;
    }
}
