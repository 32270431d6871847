package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.session.EndedSession;
import io.fluxkeeper.core.session.EnsembleSettings;
import io.fluxkeeper.core.session.Session;
import io.fluxkeeper.core.session.SessionTable;
import io.fluxkeeper.core.store.DamagedStateException;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.StateTable;
import io.fluxkeeper.core.watch.ChangeLog;
import io.fluxkeeper.core.znode.Znode;
import io.fluxkeeper.core.znode.ZnodePath;
import io.fluxkeeper.core.znode.ZnodeTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Builds a state from rows and trusts none of them: the first that makes no sense is what {@link #finish} throws. */
final class StateLoader implements StateMachine.Loader {
    private final ZnodeTree tree = ZnodeTree.toRestore();
    private final TreeMap<String, Long> settings = new TreeMap<>();

    /** Kept until the settings, which are shown after them, are known. */
    private final List<StoredSession> sessions = new ArrayList<>();

    private final List<Reply> replies = new ArrayList<>();
    private final List<EndedSession> ended = new ArrayList<>();

    /** What a state has that has nothing stored. */
    private final EnsembleSettings founding;

    /** Its bounds are in the settings, which are shown before; null before the first row of it. */
    private @Nullable ChangeLog changes;

    private long digest;
    private boolean empty = true;
    private @Nullable String wrong;

    private record StoredSession(Session session, long hash) {}

    private record Reply(SessionId session, long cxid, byte[] encoded, long hash) {}

    StateLoader(EnsembleSettings founding) {
        this.founding = founding;
    }

    @Override
    public void accept(StateTable table, String key, byte[] value) {
        empty = false;
        if (wrong != null) {
            return;
        }
        if (table == StateTable.CHANGES && changes == null && !beginChanges()) {
            return;
        }
        long hash = table == StateTable.CHANGES
                ? 0 // it counts by its transactions, which are hashed as they are restored
                : RowHash.ofRow(RowHash.ofKey(table, key), value, value.length);
        digest += hash;
        try {
            wrong = restore(table, key, value, hash);
        } catch (MalformedBytesException | IllegalArgumentException e) { // the latter: a number or path not allowed
            wrong = e.getMessage();
        }
        if (wrong != null) {
            wrong = "row " + table.keyOf(key) + " of " + table + ": " + wrong;
        }
    }

    @Override
    public StateMachine finish(StateMeta meta) throws DamagedStateException {
        if (wrong != null) {
            throw new DamagedStateException(wrong);
        }
        if (digest != meta.digest()) {
            throw new DamagedStateException("the rows have digest " + StateRows.hex(digest) + ", and "
                    + StateRows.hex(meta.digest()) + " was written for " + meta.applied());
        }
        if (empty) {
            return new StateMachine(founding, meta.applied());
        }
        Long time = settings.remove(StateMachine.TIME_SETTING);
        if (time == null) {
            throw new DamagedStateException("setting " + StateMachine.TIME_SETTING + " is missing");
        }
        SessionTable table = new SessionTable(restoredSettings());
        ChangeLog log = changes == null ? StateMachine.emptyLog(table.settings()) : changes;
        String whole = restoreSessions(table);
        whole = whole != null ? whole : tree.whatIsWrong();
        whole = whole != null ? whole : strayEphemerals(table);
        if (whole != null) {
            throw new DamagedStateException(whole);
        }
        return new StateMachine(tree, table, log, new StateRows(digest), meta.applied(), time);
    }

    private @Nullable String restore(StateTable table, String key, byte[] value, long hash) {
        switch (table) {
            case ZNODES -> {
                ZnodePath path = new ZnodePath(table.keyOf(key));
                return tree.restore(path.value(), Znode.decode(value), hash);
            }
            case SESSIONS ->
                sessions.add(new StoredSession(Session.decode(new SessionId(hex(key, 0, 16)), value), hash));
            case REPLIES -> {
                if (key.length() != 32) {
                    return "the key has not 32 digits";
                }
                replies.add(new Reply(new SessionId(hex(key, 0, 16)), hex(key, 16, 32), value, hash));
            }
            case ENDED -> ended.add(EndedSession.decode(new Zxid(hex(key, 0, 16)), value));
            case SETTINGS -> {
                BinaryReader in = new BinaryReader(value);
                settings.put(key, in.readLong());
                in.requireEnd();
            }
            case CHANGES -> digest += Objects.requireNonNull(changes).restore(key, value, StateRows::hashOfChanges);
        }
        return null;
    }

    /** All settings have been shown. @return false when they are wrong */
    private boolean beginChanges() {
        try {
            changes = StateMachine.emptyLog(settingsOfRows());
            return true;
        } catch (IllegalArgumentException | ArithmeticException e) {
            wrong = "settings: " + e.getMessage();
            return false;
        }
    }

    private EnsembleSettings settingsOfRows() {
        TreeMap<String, Integer> rows = new TreeMap<>();
        settings.forEach((name, value) -> {
            if (!name.equals(StateMachine.TIME_SETTING)) {
                rows.put(name, Math.toIntExact(value));
            }
        });
        return EnsembleSettings.ofNames(rows);
    }

    private EnsembleSettings restoredSettings() throws DamagedStateException {
        try {
            return settingsOfRows();
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new DamagedStateException("settings: " + e.getMessage());
        }
    }

    private @Nullable String restoreSessions(SessionTable table) {
        sessions.forEach(stored -> table.restore(stored.session, stored.hash));
        for (Reply reply : replies) {
            String problem = table.restoreReply(reply.session, reply.cxid, reply.encoded, reply.hash);
            if (problem != null) {
                return problem;
            }
        }
        ended.forEach(table::restoreEnded);
        return null;
    }

    private @Nullable String strayEphemerals(SessionTable table) {
        for (SessionId owner : tree.owners()) {
            if (table.get(owner) == null) {
                return "session " + owner + " owns ephemeral znodes and is not there";
            }
        }
        return null;
    }

    private static long hex(String key, int from, int to) {
        if (key.length() < to) {
            throw new MalformedBytesException("the key has not " + to + " digits");
        }
        return java.util.HexFormat.fromHexDigitsToLong(key, from, to);
    }
}
