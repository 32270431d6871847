package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.store.DamagedStateException;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.StateVisitor;
import org.jspecify.annotations.Nullable;

/** The replicated state: tree and sessions. SHAPE ONLY, to be built. */
public final class StateMachine {
    /** A new, empty state. */
    public StateMachine() {}

    /** Executes the next transaction. The same state and the same bytes give the same outcome on every peer. */
    public Applied apply(Zxid zxid, byte[] payload) {
        throw new UnsupportedOperationException();
    }

    /** Answers GetData, Exists or Children from the present state; null for a request it does not know (Sync). */
    public @Nullable ServerReply read(ClientRequest.ReadRequest request) {
        throw new UnsupportedOperationException();
    }

    public Zxid applied() {
        throw new UnsupportedOperationException();
    }

    public long digest() {
        throw new UnsupportedOperationException();
    }

    public long znodeCount() {
        throw new UnsupportedOperationException();
    }

    /** Null when there is no such session. */
    public @Nullable SessionView session(SessionId session) {
        throw new UnsupportedOperationException();
    }

    /** All live sessions, in id order. */
    public Iterable<SessionView> sessions() {
        throw new UnsupportedOperationException();
    }

    /** The time of the last transaction applied; the next one's is not before it. */
    public long lastTimeMillis() {
        throw new UnsupportedOperationException();
    }

    /** Builds a state from what a store shows. */
    public static Loader loader() {
        throw new UnsupportedOperationException();
    }

    /** Takes every row of a stored state, in order. */
    public interface Loader extends StateVisitor {
        /**
         * The state that was shown.
         *
         * @throws DamagedStateException if its digest is not the one in {@code meta}, or a row made no sense
         */
        StateMachine finish(StateMeta meta) throws DamagedStateException;
    }

    /** What others may know of a session. */
    public interface SessionView {
        SessionId id();

        long generation();

        int timeoutMillis();

        /** The last cxid executed; 0 for none. */
        long lastCxid();

        int windowMax();
    }
}
