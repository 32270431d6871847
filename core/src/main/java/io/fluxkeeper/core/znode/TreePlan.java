package io.fluxkeeper.core.znode;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.OperationResult;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one transaction would make of the tree. Each operation sees what those before it planned; the tree itself stays
 * as it is until {@link ZnodeTree#install}. After a refusal the plan is thrown away.
 *
 * <p>The checks come in ZooKeeper's order: for a create the parent, the name, the parent's kind, the session's bound;
 * for a delete the znode, its version, its children.
 */
public final class TreePlan {
    /** So many places are found by looking at each; most transactions touch one or two. */
    private static final int LOOKED_AT_MAX = 4;

    private final ZnodeTree tree;
    private final Zxid zxid;
    private final long timeMillis;
    private final SessionId session;
    private final int ephemeralsMax;

    /** In the order of the first touch: a parent comes before what is created below it. */
    private final List<Planned> planned = new ArrayList<>(1);

    /** By path, once there are more than {@link #LOOKED_AT_MAX}. */
    private Map<String, Planned> byPath = Map.of();

    private final List<Change> changes = new ArrayList<>(1);
    private final List<OperationResult> results = new ArrayList<>(1);

    /** How many more ephemerals the session owns than before. */
    private int ephemeralsAdded;

    /** A place in the tree, and the znode planned for it; null where there is none. */
    private static final class Planned {
        private final String path;
        private final ZnodeTree.@Nullable Entry entry;
        private @Nullable Znode after;
        private boolean touched;

        Planned(String path, ZnodeTree.@Nullable Entry entry) {
            this.path = path;
            this.entry = entry;
            this.after = entry == null ? null : entry.znode();
        }
    }

    /** Is told what is planned. */
    interface Visitor {
        /** @param entry null for what is to be added @param after null for what is to be removed */
        void changed(String path, ZnodeTree.@Nullable Entry entry, @Nullable Znode after);
    }

    /**
     * @param session who writes; {@link SessionId#NONE} outside any session
     * @param ephemeralsMax most ephemeral znodes the session may own
     */
    TreePlan(ZnodeTree tree, Zxid zxid, long timeMillis, SessionId session, int ephemeralsMax) {
        this.tree = tree;
        this.zxid = zxid;
        this.timeMillis = timeMillis;
        this.session = session;
        this.ephemeralsMax = ephemeralsMax;
    }

    /**
     * Plans all of the operations.
     *
     * @param multi whether a refusal says which operation it was
     * @return why not; null when all of them are planned
     */
    public @Nullable Refused execute(List<Operation> operations, boolean multi) {
        for (int i = 0; i < operations.size(); i++) {
            Refused refused = execute(operations.get(i));
            if (refused != null) {
                return multi ? inMulti(refused, i) : refused;
            }
        }
        return null;
    }

    /** Plans to delete everything the session owns, in path order. */
    public void deleteEphemerals() {
        for (ZnodePath path : tree.ephemeralsOf(session)) {
            Znode znode = tree.get(path.value());
            if (znode != null) {
                delete(path, znode);
            }
        }
    }

    /** One for each operation. */
    public List<OperationResult> results() {
        return results;
    }

    /** What watches will see, numbered, the last one marked. Ask once everything is planned. */
    public List<Change> changes() {
        int last = changes.size() - 1;
        if (last >= 0 && !changes.get(last).last()) {
            Change c = changes.get(last);
            changes.set(
                    last,
                    new Change(
                            c.zxid(),
                            c.ordinal(),
                            true,
                            c.type(),
                            c.path(),
                            c.stat(),
                            c.data(),
                            c.acl(),
                            c.parentAcl()));
        }
        return changes;
    }

    void forEachChanged(Visitor visitor) {
        for (Planned place : planned) {
            if (place.entry != null || place.after != null) { // else created and deleted in one transaction
                visitor.changed(place.path, place.entry, place.after);
            }
        }
    }

    private @Nullable Refused execute(Operation operation) {
        if (operation instanceof Operation.SetData set) {
            return setData(set);
        } else if (operation instanceof Operation.Create create) {
            return create(create);
        } else if (operation instanceof Operation.Delete delete) {
            return delete(delete);
        } else if (operation instanceof Operation.Check check) {
            return check(check);
        }
        throw new IllegalStateException("no rule for " + operation);
    }

    private @Nullable Refused create(Operation.Create create) {
        String wanted = create.path();
        String parentPath = ZnodeTree.parentOf(wanted);
        Znode parent = get(parentPath);
        if (parent == null) {
            return refused(ErrorCode.NO_NODE, wanted, wanted + " has no parent: " + parentPath + " does not exist");
        }
        boolean sequential = create.mode().isSequential();
        String path = sequential ? wanted + SequenceNumber.suffix(parent.creates()) : wanted;
        if (get(path) != null) {
            return refused(ErrorCode.NODE_EXISTS, path, path + " exists already");
        }
        if (parent.isEphemeral()) {
            return refused(
                    ErrorCode.NO_CHILDREN_FOR_EPHEMERALS,
                    path,
                    path + " cannot be created: " + parentPath + " is ephemeral and has no children");
        }
        boolean ephemeral = create.mode().isEphemeral();
        Refused refused = ephemeral ? whyNotEphemeral(path) : null;
        if (refused != null) {
            return refused;
        }
        Znode znode =
                Znode.created(create.data(), create.acl(), zxid, timeMillis, ephemeral ? session : SessionId.NONE);
        put(parentPath, parent.withChildCreated(zxid));
        put(path, znode);
        ephemeralsAdded += ephemeral ? 1 : 0;
        ZnodePath created = new ZnodePath(path);
        Stat stat = znode.stat();
        results.add(new OperationResult.Created(created, stat));
        changed(EventType.CREATED, created, stat, znode, parent.acl());
        return null;
    }

    private @Nullable Refused whyNotEphemeral(String path) {
        if (session.value() == 0) {
            return refused(
                    ErrorCode.BAD_ARGUMENTS, path, path + " cannot be ephemeral: the write belongs to no session");
        }
        if (tree.ephemeralCount(session) + ephemeralsAdded >= ephemeralsMax) {
            return refused(
                    ErrorCode.TOO_MANY_EPHEMERALS,
                    path,
                    path + " cannot be created: session " + session + " owns " + ephemeralsMax
                            + " ephemeral znodes, and no session may own more");
        }
        return null;
    }

    private @Nullable Refused setData(Operation.SetData set) {
        String path = set.path().value();
        Planned place = place(path);
        Znode znode = place.after;
        Refused refused = whyNotVersion(path, znode, set.version());
        if (refused != null || znode == null) {
            return refused;
        }
        Znode replaced = znode.withData(set.data(), zxid, timeMillis);
        put(place, replaced);
        Stat stat = replaced.stat();
        results.add(new OperationResult.DataSet(stat));
        changed(EventType.DATA_CHANGED, set.path(), stat, replaced, parentAcl(path, place));
        return null;
    }

    private @Nullable Refused delete(Operation.Delete delete) {
        String path = delete.path().value();
        if (ZnodeTree.BUILT_IN.contains(path)) {
            return refused(ErrorCode.BAD_ARGUMENTS, path, path + " is there for ever and cannot be deleted");
        }
        Znode znode = get(path);
        Refused refused = whyNotVersion(path, znode, delete.version());
        if (refused != null || znode == null) {
            return refused;
        }
        if (znode.numChildren() != 0) {
            return refused(
                    ErrorCode.NOT_EMPTY,
                    path,
                    path + " cannot be deleted: it has " + znode.numChildren()
                            + (znode.numChildren() == 1 ? " child" : " children"));
        }
        delete(delete.path(), znode);
        results.add(new OperationResult.Deleted());
        return null;
    }

    private void delete(ZnodePath path, Znode znode) {
        String parentPath = ZnodeTree.parentOf(path.value());
        Znode parent = get(parentPath);
        if (parent == null) {
            throw new IllegalStateException(path + " has no parent");
        }
        put(path.value(), null);
        put(parentPath, parent.withChildDeleted(zxid));
        ephemeralsAdded -= znode.isEphemeral() && znode.ephemeralOwner().equals(session) ? 1 : 0;
        changes.add(new Change(
                zxid, changes.size(), false, EventType.DELETED, path, null, null, znode.acl(), parent.acl()));
    }

    private @Nullable Refused check(Operation.Check check) {
        String path = check.path().value();
        Refused refused = whyNotVersion(path, get(path), check.version());
        if (refused == null) {
            results.add(new OperationResult.Checked());
        }
        return refused;
    }

    /** Refuses a znode that is not there, or has another version than the expected one. */
    private @Nullable Refused whyNotVersion(String path, @Nullable Znode znode, int expected) {
        if (znode == null) {
            return refused(ErrorCode.NO_NODE, path, path + " does not exist");
        }
        int actual = znode.version();
        if (expected == Operation.ANY_VERSION || expected == actual) {
            return null;
        }
        return new Refused(
                zxid,
                ErrorCode.BAD_VERSION,
                path,
                path + " has version " + actual + ", expected " + expected,
                null,
                (long) expected,
                (long) actual,
                null);
    }

    /** A parent that is not planned anew is the one beside the znode's place: no need to look it up. */
    private @Nullable List<Acl> parentAcl(String path, Planned place) {
        if (place.entry != null && planned.size() == 1) {
            ZnodeTree.Entry parent = place.entry.parent();
            return parent == null ? null : parent.znode().acl();
        }
        Znode parent = path.length() == 1 ? null : get(ZnodeTree.parentOf(path));
        return parent == null ? null : parent.acl();
    }

    private void changed(EventType type, ZnodePath path, Stat stat, Znode znode, @Nullable List<Acl> parentAcl) {
        changes.add(new Change(zxid, changes.size(), false, type, path, stat, znode.data(), znode.acl(), parentAcl));
    }

    private @Nullable Znode get(String path) {
        Planned place = find(path);
        return place == null ? tree.get(path) : place.after;
    }

    private void put(String path, @Nullable Znode znode) {
        put(place(path), znode);
    }

    private void put(Planned place, @Nullable Znode znode) {
        place.after = znode;
        if (!place.touched) {
            place.touched = true;
            planned.add(place);
            if (planned.size() == LOOKED_AT_MAX + 1) {
                byPath = new HashMap<>();
                planned.forEach(each -> byPath.put(each.path, each));
            } else if (planned.size() > LOOKED_AT_MAX) {
                byPath.put(place.path, place);
            }
        }
    }

    /** As planned, or as the tree has it; it is not in the plan before something is put there. */
    private Planned place(String path) {
        Planned place = find(path);
        return place == null ? new Planned(path, tree.entry(path)) : place;
    }

    private @Nullable Planned find(String path) {
        if (planned.size() > LOOKED_AT_MAX) {
            return byPath.get(path);
        }
        for (Planned place : planned) {
            if (place.path.equals(path)) {
                return place;
            }
        }
        return null;
    }

    private Refused refused(ErrorCode code, String path, String message) {
        return Refused.at(zxid, code, path, message);
    }

    private static Refused inMulti(Refused r, int index) {
        return new Refused(r.zxid(), r.code(), r.path(), r.message(), index, r.expected(), r.actual(), r.resume());
    }
}
