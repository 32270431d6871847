package io.fluxkeeper.core.protocol;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.znode.Acl;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a client asks; one record a route of the API. Each checks its own fields and says what is wrong. */
public sealed interface ClientRequest {
    /** Most names a listing gives at once; a larger {@code limit} is refused. */
    int CHILDREN_LIMIT_MAX = 10_000;

    /** Most operations in a multi. */
    int MULTI_OPERATIONS_MAX = 1_000;

    /**
     * {@code session.open}: opens a session, or attaches one again, here.
     *
     * @param timeoutMillis the wanted timeout; the reply has the one within bounds
     * @param session the session to attach again; null to open a new one
     * @param password of the session to attach; null for a new one
     * @param atLeast the highest zxid the client has seen; the answer comes from a state that is not older, since the
     *     opening is in the log behind it
     */
    record OpenSession(
            int timeoutMillis,
            @Nullable SessionId session,
            byte @Nullable [] password,
            @Nullable Zxid atLeast) implements ClientRequest {
        /** Bytes of a password. */
        public static final int PASSWORD_BYTES = 16;

        public OpenSession {
            if (timeoutMillis < 1) {
                throw new IllegalArgumentException("timeoutMillis is 1 or more: " + timeoutMillis);
            }
            if ((session == null) != (password == null)) {
                throw new IllegalArgumentException("session and password come together or not at all");
            }
        }
    }

    /** {@code session.heartbeat}: answered after the leader has counted it. */
    record Heartbeat(SessionId session) implements ClientRequest {
        public Heartbeat {
            require(session, "session");
        }
    }

    /** A change of the replicated state. */
    sealed interface WriteRequest extends ClientRequest {
        /** Null: at most once, outside any session; then nothing ephemeral can be created. */
        @Nullable WriteStamp stamp();
    }

    /** {@code session.close}: ends the session and deletes its ephemeral znodes, in one transaction. */
    record CloseSession(WriteStamp stamp) implements WriteRequest {
        public CloseSession {
            require(stamp, "stamp");
        }
    }

    /** {@code znode.create}. Fields as in {@link Operation.Create}. */
    record Create(
            String path,
            byte @Nullable [] data,
            CreateMode mode,
            @Nullable List<Acl> acl,
            @Nullable WriteStamp stamp) implements WriteRequest {
        public Create {
            require(path, "path");
            mode = mode == null ? CreateMode.PERSISTENT : mode; // absent in JSON
            new Operation.Create(path, data, mode, acl);
            if (stamp == null && mode.isEphemeral()) {
                throw new IllegalArgumentException("an ephemeral znode needs a session: stamp is missing");
            }
        }

        public Operation.Create operation() {
            return new Operation.Create(path, data, mode, acl);
        }
    }

    /** {@code znode.set}. Fields as in {@link Operation.SetData}. */
    record SetData(
            ZnodePath path,
            byte @Nullable [] data,
            Integer version,
            @Nullable WriteStamp stamp) implements WriteRequest {
        public SetData {
            require(path, "path");
            version = new Operation.SetData(path, data, version).version();
        }

        public Operation.SetData operation() {
            return new Operation.SetData(path, data, version);
        }
    }

    /** {@code znode.delete}. Fields as in {@link Operation.Delete}. */
    record Delete(ZnodePath path, Integer version, @Nullable WriteStamp stamp) implements WriteRequest {
        public Delete {
            require(path, "path");
            version = new Operation.Delete(path, version).version();
        }

        public Operation.Delete operation() {
            return new Operation.Delete(path, version);
        }
    }

    /** {@code znode.multi}: all of the operations or none, as one transaction. */
    record Multi(List<Operation> operations, @Nullable WriteStamp stamp) implements WriteRequest {
        public Multi {
            require(operations, "operations");
            operations = List.copyOf(operations);
            if (operations.isEmpty() || operations.size() > MULTI_OPERATIONS_MAX) {
                throw new IllegalArgumentException(
                        "a multi has 1.." + MULTI_OPERATIONS_MAX + " operations, not " + operations.size());
            }
            for (Operation operation : operations) {
                if (stamp == null
                        && operation instanceof Operation.Create create
                        && create.mode().isEphemeral()) {
                    throw new IllegalArgumentException("an ephemeral znode needs a session: stamp is missing");
                }
            }
        }
    }

    /** A read of this peer's state. */
    sealed interface ReadRequest extends ClientRequest {
        ReadStamp stamp();
    }

    /**
     * {@code znode.get}: the data as a whole, or a part of it.
     *
     * @param offset of the first byte wanted; absent for the whole, and then data that do not fit one reply are refused
     *     with {@code REPLY_TOO_LARGE}
     * @param length most bytes wanted, from {@code offset}; a reply may have fewer. Absent for as many as fit one reply
     * @param mzxid the transaction that wrote the data, as the stat of the part before it says; if others are there by
     *     now, it is {@code VALUE_CHANGED}. Absent for any
     */
    record GetData(
            ZnodePath path,
            @Nullable Integer offset,
            @Nullable Integer length,
            @Nullable Zxid mzxid,
            ReadStamp stamp) implements ReadRequest {
        public GetData(ZnodePath path, ReadStamp stamp) {
            this(path, null, null, null, stamp);
        }

        public GetData {
            require(path, "path");
            stamp = stamp == null ? ReadStamp.NONE : stamp; // absent in JSON
            if (offset == null ? length != null || mzxid != null : offset < 0) {
                throw new IllegalArgumentException("offset is 0 or more, and length and mzxid are said with it");
            }
            if (length != null && length < 1) {
                throw new IllegalArgumentException("length is 1 or more: " + length);
            }
        }
    }

    /** {@code znode.exists}: a znode that is not there is an answer, not a refusal. */
    record Exists(ZnodePath path, ReadStamp stamp) implements ReadRequest {
        public Exists {
            require(path, "path");
            stamp = stamp == null ? ReadStamp.NONE : stamp; // absent in JSON
        }
    }

    /**
     * {@code znode.children}: names in order.
     *
     * @param after lists names behind this one; null from the first
     * @param limit most names to give, 1 to 10,000; absent for as many as fit one reply, and then a longer listing
     *     is refused with {@code REPLY_TOO_LARGE}
     * @param pin absent for a page of the present state; {@link #NEW_PIN} for the first of a listing whose pages are
     *     all of one state, and what the page before had for the next one
     */
    record Children(
            ZnodePath path,
            @Nullable String after,
            @Nullable Integer limit,
            @Nullable Long pin,
            ReadStamp stamp) implements ReadRequest {
        public static final long NEW_PIN = 0;

        public Children(ZnodePath path, @Nullable String after, @Nullable Integer limit, ReadStamp stamp) {
            this(path, after, limit, null, stamp);
        }

        public Children {
            require(path, "path");
            stamp = stamp == null ? ReadStamp.NONE : stamp; // absent in JSON
            if (limit != null && (limit < 1 || limit > CHILDREN_LIMIT_MAX)) {
                throw new IllegalArgumentException("limit is 1.." + CHILDREN_LIMIT_MAX + ", not " + limit);
            }
        }
    }

    /** {@code znode.unpin}: the rest of a pinned listing is not wanted. */
    record Unpin(long pin) implements ClientRequest {}

    /**
     * {@code znode.sync}: answered when this peer has applied everything that was committed when the request came,
     * confirmed by a quorum (unlike ZooKeeper's, ZOOKEEPER-1675): a read after it is linearizable.
     */
    record Sync(ReadStamp stamp) implements ReadRequest {
        public Sync {
            stamp = stamp == null ? ReadStamp.NONE : stamp; // absent in JSON
        }
    }

    /** A stream of {@link WatchItem}, produced at its subscriber's demand. */
    sealed interface StreamRequest extends ClientRequest {
        ZnodePath path();

        /** Where it goes on; null to begin now. */
        @Nullable ChangePosition from();

        /** The last znode that an earlier stream had shown of the state, if it ended before {@code Exact}; else null. */
        @Nullable ZnodePath shown();

        /** Whether items carry the data. */
        boolean data();

        /** Null, or the session it belongs to. */
        @Nullable SessionId session();

        /** The highest zxid the client has seen, before which it does not begin; null for none. */
        @Nullable Zxid atLeast();
    }

    /**
     * {@code watch}: changes.
     *
     * @param path what to watch; it need not exist
     * @param scope the znode alone, its children, or the whole subtree
     * @param depth levels below the path that belong to the subtree, 0 for none; absent for all
     * @param types what must have happened; absent for anything. While a state is shown, all changes of it come
     * @param from changes after this position; null for "from now". If they are not kept any more, {@code Reset} and
     *     the present state come in their place
     * @param shown with {@code from}, to go on with a state that was being shown: its last znode; else null
     * @param stat whether items carry the stat; absent for yes
     */
    record Watch(
            ZnodePath path,
            WatchScope scope,
            @Nullable Integer depth,
            @Nullable Set<EventType> types,
            @Nullable ChangePosition from,
            @Nullable ZnodePath shown,
            boolean data,
            Boolean stat,
            @Nullable SessionId session,
            @Nullable Zxid atLeast)
            implements StreamRequest {
        public Watch {
            require(path, "path");
            scope = scope == null ? WatchScope.ZNODE : scope; // absent in JSON
            stat = stat == null || stat; // likewise
            if (types != null && types.isEmpty()) {
                throw new IllegalArgumentException("types names one or more; leave it out for all");
            }
            types = types == null ? null : Collections.unmodifiableSortedSet(new TreeSet<>(types));
            if (depth != null && scope != WatchScope.SUBTREE) {
                throw new IllegalArgumentException("depth is for the scope SUBTREE, not " + scope);
            }
            requireDepth(depth);
            requireShownFits(path, from, shown);
        }
    }

    /**
     * {@code observe}: the state of a subtree, and then its changes.
     *
     * @param path the znode at its top; it need not exist
     * @param depth levels below it, 0 for the znode alone; absent for all
     * @param from to go on where an earlier stream of the same path and depth ended; null to begin with the state
     * @param shown with {@code from}, when that stream ended before its {@code Exact}: the last path it had shown;
     *     else null
     */
    record Observe(
            ZnodePath path,
            @Nullable Integer depth,
            @Nullable ChangePosition from,
            @Nullable ZnodePath shown,
            boolean data,
            @Nullable SessionId session,
            @Nullable Zxid atLeast)
            implements StreamRequest {
        public Observe {
            require(path, "path");
            requireDepth(depth);
            requireShownFits(path, from, shown);
        }
    }

    /** {@code ensemble.status}: this peer's view. */
    record EnsembleStatus() implements ClientRequest {}

    private static void requireShownFits(ZnodePath path, @Nullable ChangePosition from, @Nullable ZnodePath shown) {
        if (shown != null && from == null) {
            throw new IllegalArgumentException("shown is said with from");
        }
        if (shown != null && !path.contains(shown)) {
            throw new IllegalArgumentException("shown is " + path + " or below it, not " + shown);
        }
    }

    private static void requireDepth(@Nullable Integer depth) {
        if (depth != null && depth < 0) {
            throw new IllegalArgumentException("depth is 0 or more: " + depth);
        }
    }

    private static void require(@Nullable Object value, String field) {
        if (value == null) {
            throw new IllegalArgumentException(field + " is missing");
        }
    }
}
