package io.fluxkeeper.core.znode;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The same rules, written down as plainly as they can be: one sorted map of mutable rows, copied as a whole before
 * each transaction and thrown away on a refusal. Children are found by looking at every path below.
 */
public final class NaiveTree {
    public TreeMap<String, Row> rows = new TreeMap<>();
    public List<String> events = new ArrayList<>();

    /** Of each event: that of the znode and that of its parent. */
    List<String> acls = new ArrayList<>();

    /** A znode. */
    public static final class Row {
        public byte @Nullable [] data;
        long czxid;
        long mzxid;
        long pzxid;
        long ctime;
        long mtime;
        int version;
        int creates;
        public long owner;
        public @Nullable List<Acl> acl;

        Row copy() {
            Row copy = new Row();
            copy.data = data;
            copy.czxid = czxid;
            copy.mzxid = mzxid;
            copy.pzxid = pzxid;
            copy.ctime = ctime;
            copy.mtime = mtime;
            copy.version = version;
            copy.creates = creates;
            copy.owner = owner;
            copy.acl = acl;
            return copy;
        }
    }

    public NaiveTree() {
        for (String path : List.of("/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config")) {
            Row row = new Row();
            row.data = new byte[0];
            rows.put(path, row);
        }
    }

    /** All or none. @return what refused it, null for nothing */
    public @Nullable ErrorCode execute(
            List<Operation> operations, Zxid zxid, long timeMillis, SessionId session, int max) {
        TreeMap<String, Row> before = new TreeMap<>();
        rows.forEach((path, row) -> before.put(path, row.copy()));
        events = new ArrayList<>();
        acls = new ArrayList<>();
        for (Operation operation : operations) {
            ErrorCode refused = execute(operation, zxid.value(), timeMillis, session.value(), max);
            if (refused != null) {
                rows = before;
                events = new ArrayList<>();
                acls = new ArrayList<>();
                return refused;
            }
        }
        return null;
    }

    public void endOf(SessionId session, Zxid zxid) {
        events = new ArrayList<>();
        acls = new ArrayList<>();
        List<ZnodePath> owned = new ArrayList<>();
        rows.forEach((path, row) -> {
            if (row.owner == session.value()) {
                owned.add(ZnodePath.of(path));
            }
        });
        owned.sort(null);
        owned.forEach(path -> remove(path.value(), zxid.value()));
    }

    public List<String> children(String path) {
        String prefix = path.equals("/") ? "/" : path + "/";
        List<String> names = new ArrayList<>();
        for (String each : rows.tailMap(prefix).keySet()) {
            if (!each.startsWith(prefix)) {
                break;
            }
            if (each.length() > prefix.length() && each.indexOf('/', prefix.length()) < 0) {
                names.add(each.substring(prefix.length()));
            }
        }
        return names;
    }

    public Stat stat(String path) {
        Row row = get(path);
        int children = children(path).size();
        return new Stat(
                new Zxid(row.czxid),
                new Zxid(row.mzxid),
                row.ctime,
                row.mtime,
                row.version,
                2 * row.creates - children,
                0,
                new SessionId(row.owner),
                row.data == null ? 0 : row.data.length,
                children,
                new Zxid(row.pzxid));
    }

    Row get(String path) {
        Row row = rows.get(path);
        if (row == null) {
            throw new AssertionError("no " + path);
        }
        return row;
    }

    private @Nullable ErrorCode execute(Operation operation, long zxid, long timeMillis, long session, int max) {
        if (operation instanceof Operation.Create create) {
            return create(create, zxid, timeMillis, session, max);
        }
        String path = operation.target();
        boolean delete = operation instanceof Operation.Delete;
        if (delete
                && List.of("/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config")
                        .contains(path)) {
            return ErrorCode.BAD_ARGUMENTS;
        }
        Row row = rows.get(path);
        if (row == null) {
            return ErrorCode.NO_NODE;
        }
        int expected = expected(operation);
        if (expected != -1 && expected != row.version) {
            return ErrorCode.BAD_VERSION;
        }
        if (delete) {
            if (!children(path).isEmpty()) {
                return ErrorCode.NOT_EMPTY;
            }
            remove(path, zxid);
        } else if (operation instanceof Operation.SetData set) {
            row.data = set.data();
            row.version++;
            row.mzxid = zxid;
            row.mtime = timeMillis;
            happened(EventType.DATA_CHANGED, path, row);
        }
        return null;
    }

    private @Nullable ErrorCode create(Operation.Create create, long zxid, long timeMillis, long session, int max) {
        String parentPath = create.path().substring(0, Math.max(1, create.path().lastIndexOf('/')));
        Row parent = rows.get(parentPath);
        if (parent == null) {
            return ErrorCode.NO_NODE;
        }
        String path =
                create.mode().isSequential() ? create.path() + String.format("%010d", parent.creates) : create.path();
        if (rows.containsKey(path)) {
            return ErrorCode.NODE_EXISTS;
        }
        if (parent.owner != 0) {
            return ErrorCode.NO_CHILDREN_FOR_EPHEMERALS;
        }
        if (create.mode().isEphemeral()) {
            if (session == 0) {
                return ErrorCode.BAD_ARGUMENTS;
            }
            if (rows.values().stream().filter(row -> row.owner == session).count() >= max) {
                return ErrorCode.TOO_MANY_EPHEMERALS;
            }
        }
        parent.creates++;
        parent.pzxid = zxid;
        Row row = new Row();
        row.data = create.data();
        row.czxid = zxid;
        row.mzxid = zxid;
        row.pzxid = zxid;
        row.ctime = timeMillis;
        row.mtime = timeMillis;
        row.owner = create.mode().isEphemeral() ? session : 0;
        row.acl = create.acl();
        rows.put(path, row);
        happened(EventType.CREATED, path, row);
        return null;
    }

    private void remove(String path, long zxid) {
        Row removed = rows.remove(path);
        get(parentOf(path)).pzxid = zxid;
        happened(EventType.DELETED, path, removed);
    }

    private void happened(EventType type, String path, Row row) {
        Row parent = path.equals("/") ? null : rows.get(parentOf(path));
        events.add(type + " " + path);
        acls.add(row.acl + " " + (parent == null ? null : parent.acl));
    }

    private static String parentOf(String path) {
        return path.substring(0, Math.max(1, path.lastIndexOf('/')));
    }

    private static int expected(Operation operation) {
        if (operation instanceof Operation.SetData set) {
            return set.version();
        } else if (operation instanceof Operation.Delete delete) {
            return delete.version();
        }
        return ((Operation.Check) operation).version();
    }

    /** For messages. */
    @Override
    public String toString() {
        StringBuilder all = new StringBuilder();
        for (Map.Entry<String, Row> each : rows.entrySet()) {
            all.append(each.getKey()).append(' ').append(stat(each.getKey())).append('\n');
        }
        return all.toString();
    }
}
