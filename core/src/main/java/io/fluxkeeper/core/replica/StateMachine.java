package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.protocol.ServerReply.WriteReply;
import io.fluxkeeper.core.session.EnsembleSettings;
import io.fluxkeeper.core.session.LiveSession;
import io.fluxkeeper.core.session.Session;
import io.fluxkeeper.core.session.SessionTable;
import io.fluxkeeper.core.store.DamagedStateException;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.StateVisitor;
import io.fluxkeeper.core.watch.ChangeLog;
import io.fluxkeeper.core.znode.Znode;
import io.fluxkeeper.core.znode.ZnodePath;
import io.fluxkeeper.core.znode.ZnodeTree;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The replicated state: tree and sessions. {@link #apply} reads the entry and the state and nothing else, so that all
 * peers come to the same. It first computes what a transaction changes and then installs it: what fails while
 * computing is refused with {@code SYSTEM_ERROR} everywhere; what fails while installing is thrown, and the peer stops.
 */
public final class StateMachine {
    /** The row that holds {@link #lastTimeMillis}. */
    static final String TIME_SETTING = "lastTimeMillis";

    /** Bytes of names in a listing, where the caller of {@link #read} sets no bound of its own. */
    private static final int REPLY_BYTES_MAX = 1 << 20;

    private final ZnodeTree tree;
    private final SessionTable sessions;
    private final ChangeLog changes;
    private final StateRows rows;
    private Zxid applied;
    private long lastTimeMillis;

    /** Whether the rows that every state begins with are still to be handed to the store. */
    private boolean foundingRowsDue;

    /** A new, empty state. */
    public StateMachine() {
        this(EnsembleSettings.DEFAULT);
    }

    /** A new, empty state. @param founding the settings it begins with: the same at all peers */
    public StateMachine(EnsembleSettings founding) {
        this(founding, Zxid.ZERO);
    }

    /**
     * An empty state at that position. Its digest is 0, as is that of a store without a row; the first transaction
     * brings the rows of the built-in znodes and of the settings with it.
     */
    StateMachine(EnsembleSettings founding, Zxid applied) {
        this(ZnodeTree.withBuiltIns(), new SessionTable(founding), emptyLog(founding), new StateRows(0), applied, 0);
        foundingRowsDue = true;
    }

    /** A loaded state. */
    StateMachine(
            ZnodeTree tree,
            SessionTable sessions,
            ChangeLog changes,
            StateRows rows,
            Zxid applied,
            long lastTimeMillis) {
        this.tree = tree;
        this.sessions = sessions;
        this.changes = changes;
        this.rows = rows;
        this.applied = applied;
        this.lastTimeMillis = lastTimeMillis;
    }

    /**
     * Executes the next transaction. The same state and the same bytes give the same outcome on every peer. No bytes are
     * a no-op: a place in the log that an algorithm had to fill.
     */
    public Applied apply(Zxid zxid, byte[] payload) {
        Invariant.check(zxid.isAfter(applied), "%s was to be applied after %s", zxid, applied);
        applied = zxid;
        if (foundingRowsDue) {
            addFoundingRows();
        }
        if (payload.length == 0) {
            return execution(zxid).nothing();
        }
        Transaction transaction;
        try {
            transaction = TransactionCodec.decode(payload);
        } catch (MalformedBytesException e) {
            return execution(zxid).refused(null, e);
        }
        passTime(transaction.timeMillis());
        return execution(zxid).run(transaction);
    }

    /** As {@link #read(ClientRequest.ReadRequest, int)}, with listings of at most 1 MiB. */
    public @Nullable ServerReply read(ClientRequest.ReadRequest request) {
        return read(request, REPLY_BYTES_MAX);
    }

    /**
     * Answers GetData, Exists or Children from the present state; null for a request it does not know (Sync).
     *
     * @param replyBytesMax bytes that data, or the names of a listing, may take
     */
    public @Nullable ServerReply read(ClientRequest.ReadRequest request, int replyBytesMax) {
        if (request instanceof ClientRequest.GetData get) {
            return data(get, replyBytesMax);
        } else if (request instanceof ClientRequest.Exists exists) {
            Znode znode = tree.get(exists.path().value());
            return new ServerReply.Existence(applied, znode == null ? null : znode.stat());
        } else if (request instanceof ClientRequest.Children children) {
            return children(children, replyBytesMax);
        }
        return null;
    }

    /**
     * Names of the children that a znode had earlier, whether or not it is still there.
     *
     * @param created children that were not there then
     * @param deleted children that are not there now
     */
    ZnodeTree.Listing childrenBefore(
            ZnodePath path,
            @Nullable String after,
            int limit,
            int replyBytesMax,
            Set<String> created,
            NavigableSet<String> deleted) {
        return tree.childrenBefore(path.value(), after, limit, replyBytesMax, created, deleted);
    }

    public Zxid applied() {
        return applied;
    }

    /** Of all rows, whatever their order: equal states have equal digests. */
    public long digest() {
        return rows.digest();
    }

    public long znodeCount() {
        return tree.size();
    }

    /** What the tree takes of the heap, about. */
    public long treeBytes() {
        return tree.heapBytes();
    }

    /** As it is now; null when there is no such session. */
    public @Nullable SessionView session(SessionId session) {
        LiveSession found = sessions.get(session);
        return found == null ? null : View.of(found);
    }

    /** All live sessions as they are now, in id order. */
    public Iterable<SessionView> sessions() {
        List<SessionView> views = new ArrayList<>(sessions.size());
        for (LiveSession session : sessions.all()) {
            views.add(View.of(session));
        }
        return views;
    }

    /**
     * The reply to a write that was executed, of a live session or one that ended lately; null when it was not
     * executed, or is acknowledged.
     */
    public @Nullable WriteReply recordedReply(SessionId session, long cxid) {
        return sessions.recordedReply(session, cxid);
    }

    /** The time of the last transaction applied; the next one's is not before it. */
    public long lastTimeMillis() {
        return lastTimeMillis;
    }

    /** Its tree, to be read only; it changes with {@link #apply}. */
    ZnodeTree tree() {
        return tree;
    }

    /** Its change log, likewise. */
    ChangeLog changes() {
        return changes;
    }

    /** The store has everything up to this transaction. @param bytesKept of the change log in memory all the same */
    public void committed(Zxid zxid, long bytesKept) {
        changes.committed(zxid, bytesKept);
    }

    /** Builds a state from what a store shows. */
    public static Loader loader() {
        return loader(EnsembleSettings.DEFAULT);
    }

    /** As {@link #loader()}. @param founding settings of a state that has nothing stored */
    public static Loader loader(EnsembleSettings founding) {
        return new StateLoader(founding);
    }

    static ChangeLog emptyLog(EnsembleSettings settings) {
        return new ChangeLog(settings.changeLogCountMax(), settings.changeLogBytesMax());
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

    private record View(SessionId id, long generation, int timeoutMillis, long lastCxid, int windowMax)
            implements SessionView {
        static View of(LiveSession live) {
            Session session = live.session();
            return new View(
                    session.id(), session.generation(), session.timeoutMillis(), live.lastCxid(), session.windowMax());
        }
    }

    private void addFoundingRows() {
        foundingRowsDue = false;
        tree.tellOfBuiltIns(rows);
        for (Map.Entry<String, Integer> setting : sessions.settings().byName().entrySet()) {
            rows.settingChanged(setting.getKey(), null, setting.getValue());
        }
        rows.settingChanged(TIME_SETTING, null, lastTimeMillis);
    }

    /** Time never goes back, whatever a leader's clock did. */
    private void passTime(long timeMillis) {
        if (timeMillis > lastTimeMillis) {
            rows.settingChanged(TIME_SETTING, lastTimeMillis, timeMillis);
            lastTimeMillis = timeMillis;
        }
    }

    private ServerReply data(ClientRequest.GetData request, int replyBytesMax) {
        String path = request.path().value();
        Znode znode = tree.get(path);
        if (znode == null) {
            return missing(request.path());
        }
        byte[] data = znode.data();
        int size = data == null ? 0 : data.length;
        Integer offset = request.offset();
        if (offset == null) {
            return size <= replyBytesMax
                    ? new ServerReply.Data(applied, data, znode.stat())
                    : Refused.at(
                            applied,
                            ErrorCode.REPLY_TOO_LARGE,
                            path,
                            path + " has " + size + " bytes, more than fit one reply of " + replyBytesMax
                                    + " bytes: read them in parts, with offset");
        }
        if (request.mzxid() != null && !request.mzxid().equals(znode.mzxid())) {
            return Refused.at(
                    applied,
                    ErrorCode.VALUE_CHANGED,
                    path,
                    path + " has the data of " + znode.mzxid() + ", no longer those of " + request.mzxid());
        }
        if (offset > size) {
            return Refused.at(applied, ErrorCode.BAD_ARGUMENTS, path, "offset is 0.." + size + ", not " + offset);
        }
        int wanted = request.length() == null ? replyBytesMax : Math.min(request.length(), replyBytesMax);
        int end = offset + Math.min(wanted, size - offset);
        byte[] part = data == null || end - offset == size ? data : Arrays.copyOfRange(data, offset, end);
        return new ServerReply.Data(applied, part, znode.stat());
    }

    private ServerReply children(ClientRequest.Children request, int replyBytesMax) {
        String path = request.path().value();
        Znode parent = tree.get(path);
        if (parent == null) {
            return missing(request.path());
        }
        Integer limit = request.limit();
        ZnodeTree.Listing listing =
                tree.children(path, request.after(), limit == null ? Integer.MAX_VALUE : limit, replyBytesMax);
        if (listing.more() && limit == null) {
            return Refused.at(
                    applied,
                    ErrorCode.REPLY_TOO_LARGE,
                    path,
                    path + " has " + parent.numChildren() + " children, more than fit one reply of " + replyBytesMax
                            + " bytes: list them with limit and after");
        }
        return new ServerReply.ChildNames(applied, listing.names(), listing.more(), parent.stat());
    }

    private Refused missing(ZnodePath path) {
        return Refused.at(applied, ErrorCode.NO_NODE, path.value(), path + " does not exist");
    }

    private Execution execution(Zxid zxid) {
        return new Execution(tree, sessions, changes, rows, zxid, lastTimeMillis);
    }
}
