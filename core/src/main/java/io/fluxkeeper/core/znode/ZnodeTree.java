package io.fluxkeeper.core.znode;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * All znodes, by path. A transaction is computed in a {@link TreePlan}, which leaves the tree as it is, and then
 * installed as a whole. Not for several threads.
 */
public final class ZnodeTree {
    private static final String ROOT = "/";
    private static final String SYSTEM = "/zookeeper";

    /** There from the start and never deleted, in path order; their names are ZooKeeper's. */
    public static final List<String> BUILT_IN = List.of(ROOT, SYSTEM, SYSTEM + "/config", SYSTEM + "/quota");

    /** Iterated nowhere: its order means nothing. */
    private final Map<String, Entry> entries = new HashMap<>();

    /** What each session owns, in path order. */
    private final Map<SessionId, TreeSet<ZnodePath>> ephemerals = new HashMap<>();

    /** Of all entries, as {@link ZnodeHeap} counts. */
    private long heapBytes;

    /** Is told what an installation changes, and gives each znode a hash that the tree keeps for it. */
    public interface Sink {
        /**
         * @param hashBefore of the znode in its place; 0 when it is added
         * @return its hash
         */
        long znodePut(String path, boolean added, long hashBefore, Znode znode);

        void znodeRemoved(String path, long hash);
    }

    /**
     * A place in the tree: the znode as it is now, and its children's names in order, null for none. It stays as long as
     * there is a znode at its path between transactions, and so does that of its parent.
     */
    static final class Entry {
        /** The one string that everything about this place is known by: who looks for it by that finds it at once. */
        private final String path;

        /** Null for the root. */
        private final @Nullable Entry parent;

        private Znode znode;
        private @Nullable TreeSet<String> children;

        /** As the sink gave it; 0 before it was told of the znode. */
        private long hash;

        Entry(String path, @Nullable Entry parent, Znode znode) {
            this.path = path;
            this.parent = parent;
            this.znode = znode;
        }

        Znode znode() {
            return znode;
        }

        @Nullable Entry parent() {
            return parent;
        }
    }

    /** One with nothing in it, for {@link #restore}. */
    private ZnodeTree() {}

    /**
     * One with the built-in znodes. As in ZooKeeper they count as children and not as creates, so the root's
     * {@code cversion} starts at -1 and the first sequential child of the root gets number 0.
     */
    public static ZnodeTree withBuiltIns() {
        ZnodeTree tree = new ZnodeTree();
        tree.add(ROOT, builtIn(1));
        tree.add(SYSTEM, builtIn(2));
        tree.add(SYSTEM + "/config", builtIn(0));
        tree.add(SYSTEM + "/quota", builtIn(0));
        return tree;
    }

    /** An empty one, to be filled by {@link #restore} in path order. */
    public static ZnodeTree toRestore() {
        return new ZnodeTree();
    }

    /** Null when there is none. */
    public @Nullable Znode get(String path) {
        Entry entry = entries.get(path);
        return entry == null ? null : entry.znode;
    }

    /** Null when there is none. */
    @Nullable Entry entry(String path) {
        return entries.get(path);
    }

    public int size() {
        return entries.size();
    }

    /** What all znodes take of the heap, about. */
    public long heapBytes() {
        return heapBytes;
    }

    public int ephemeralCount(SessionId session) {
        TreeSet<ZnodePath> owned = ephemerals.get(session);
        return owned == null ? 0 : owned.size();
    }

    /** What the session owns, in path order; a view. */
    public SortedSet<ZnodePath> ephemeralsOf(SessionId session) {
        TreeSet<ZnodePath> owned = ephemerals.get(session);
        return owned == null ? new TreeSet<>() : owned;
    }

    /** A plan for one transaction. */
    public TreePlan plan(Zxid zxid, long timeMillis, SessionId session, int ephemeralsMax) {
        return new TreePlan(this, zxid, timeMillis, session, ephemeralsMax);
    }

    /** Makes what was planned true. Anything thrown here leaves the tree half changed: the peer must stop. */
    public void install(TreePlan plan, Sink sink) {
        plan.forEachChanged((path, entry, after) -> {
            Znode before = entry == null ? null : entry.znode;
            if (after != null) {
                put(path, entry, after, sink);
            } else if (entry != null) {
                remove(path, entry);
                sink.znodeRemoved(path, entry.hash);
            }
            trackOwner(path, before, after);
        });
    }

    private void put(String path, @Nullable Entry there, Znode znode, Sink sink) {
        Entry entry = there == null ? add(path, znode) : there;
        heapBytes += ZnodeHeap.bytes(path, znode) - ZnodeHeap.bytes(path, entry.znode);
        entry.znode = znode;
        entry.hash = sink.znodePut(entry.path, there == null, entry.hash, znode);
    }

    /** Tells the sink of the built-in znodes, which it has not been told of. */
    public void tellOfBuiltIns(Sink sink) {
        for (String path : BUILT_IN) {
            Entry entry = entries.get(path);
            if (entry == null) {
                throw new Invariant.Broken(path + " is not there");
            }
            entry.hash = sink.znodePut(entry.path, true, 0, entry.znode);
        }
    }

    /** What {@link #children} found. @param names in order @param more whether names follow behind the last one */
    public record Listing(List<String> names, boolean more) {}

    /**
     * Names of the children of a znode that exists.
     *
     * @param after only names behind this one; null from the first
     * @param limit most names to give
     * @param bytesMax bytes the names may take in a reply; one name is given in any case, so that paging goes on
     */
    public Listing children(String path, @Nullable String after, int limit, int bytesMax) {
        Invariant.check(entries.containsKey(path), "children were asked of %s, which is not there", path);
        return page(behind(namesBelow(path), after).iterator(), limit, bytesMax);
    }

    /**
     * As {@link #children}, of an earlier moment, whether or not the znode is still there: of the names that are there
     * now, those {@code created} since are left out, and those {@code deleted} since are added.
     */
    public Listing childrenBefore(
            String path,
            @Nullable String after,
            int limit,
            int bytesMax,
            Set<String> created,
            NavigableSet<String> deleted) {
        Iterator<String> present = behind(namesBelow(path), after).iterator();
        Iterator<String> gone = behind(deleted, after).iterator();
        return page(new EarlierNames(present, created, gone), limit, bytesMax);
    }

    private NavigableSet<String> namesBelow(String path) {
        Entry entry = entries.get(path);
        return entry == null || entry.children == null ? new TreeSet<>() : entry.children;
    }

    private static NavigableSet<String> behind(NavigableSet<String> names, @Nullable String after) {
        return after == null ? names : names.tailSet(after, false);
    }

    private static Listing page(Iterator<String> names, int limit, int bytesMax) {
        List<String> listed = new ArrayList<>(Math.min(limit, 64));
        long bytes = 0;
        while (names.hasNext()) {
            String name = names.next();
            bytes += replyBytes(name);
            if (listed.size() == limit || bytes > bytesMax && !listed.isEmpty()) {
                return new Listing(listed, true);
            }
            listed.add(name);
        }
        return new Listing(listed, false);
    }

    /** Two orders of names without a common one, as one order. */
    private static final class EarlierNames implements Iterator<String> {
        private final Iterator<String> present;
        private final Set<String> leftOut;
        private final Iterator<String> gone;
        private @Nullable String nextPresent;
        private @Nullable String nextGone;

        EarlierNames(Iterator<String> present, Set<String> leftOut, Iterator<String> gone) {
            this.present = present;
            this.leftOut = leftOut;
            this.gone = gone;
            advancePresent();
            nextGone = gone.hasNext() ? gone.next() : null;
        }

        @Override
        public boolean hasNext() {
            return nextPresent != null || nextGone != null;
        }

        @Override
        public String next() {
            String ofPresent = nextPresent;
            String ofGone = nextGone;
            if (ofPresent != null && (ofGone == null || ofPresent.compareTo(ofGone) < 0)) {
                advancePresent();
                return ofPresent;
            }
            if (ofGone == null) {
                throw new NoSuchElementException();
            }
            nextGone = gone.hasNext() ? gone.next() : null;
            return ofGone;
        }

        private void advancePresent() {
            nextPresent = null;
            while (nextPresent == null && present.hasNext()) {
                String name = present.next();
                nextPresent = leftOut.contains(name) ? null : name;
            }
        }
    }

    /**
     * The next znode of a subtree, in the order of paths.
     *
     * @param after the path behind which to look; it need not exist (any more); null to begin with {@code top} itself
     * @param depth levels below {@code top} that belong to it
     * @return null when there is none
     */
    public @Nullable String next(String top, @Nullable String after, int depth) {
        if (after == null) {
            return entries.containsKey(top) ? top : null;
        }
        Entry at = entries.get(after);
        if (at != null && at.children != null && levels(after) - levels(top) < depth) {
            return childOf(after, at.children.first());
        }
        for (String path = after; !path.equals(top); path = parentOf(path)) {
            String parent = parentOf(path);
            Entry above = entries.get(parent);
            String name = above == null || above.children == null ? null : above.children.higher(nameOf(path));
            if (name != null) {
                return childOf(parent, name);
            }
        }
        return null;
    }

    /**
     * Puts a stored znode in its place.
     *
     * @param hash as a {@link Sink} would give it
     * @return what is wrong with it; null for nothing
     */
    public @Nullable String restore(String path, Znode znode, long hash) {
        if (!path.equals(ROOT)) {
            if (!entries.containsKey(parentOf(path))) {
                return path + " has no parent";
            }
        }
        add(path, znode).hash = hash;
        trackOwner(path, null, znode);
        return null;
    }

    /** What is wrong with the whole of what was restored; null for nothing. */
    public @Nullable String whatIsWrong() {
        for (String path : BUILT_IN) {
            if (!entries.containsKey(path)) {
                return path + " is missing";
            }
        }
        String wrong = null; // the least of all, so that the message does not depend on the map's order
        for (Map.Entry<String, Entry> each : entries.entrySet()) {
            TreeSet<String> children = each.getValue().children;
            int counted = children == null ? 0 : children.size();
            int recorded = each.getValue().znode.numChildren();
            if (counted != recorded && (wrong == null || each.getKey().compareTo(wrong) < 0)) {
                wrong = each.getKey();
            }
        }
        return wrong == null ? null : wrong + " has not as many children as it says";
    }

    /** Sessions that own something, in order. */
    public SortedSet<SessionId> owners() {
        return new TreeSet<>(ephemerals.keySet());
    }

    static String parentOf(String path) {
        int slash = path.lastIndexOf('/');
        return slash == 0 ? ROOT : path.substring(0, slash);
    }

    private Entry add(String path, Znode znode) {
        heapBytes += ZnodeHeap.bytes(path, znode);
        if (path.equals(ROOT)) {
            Entry root = new Entry(path, null, znode);
            entries.put(path, root);
            return root;
        }
        Entry parent = entries.get(parentOf(path));
        if (parent == null) {
            throw new Invariant.Broken(path + " was put below nothing");
        }
        Entry entry = new Entry(path, parent, znode);
        entries.put(path, entry);
        if (parent.children == null) {
            parent.children = new TreeSet<>();
        }
        parent.children.add(nameOf(path));
        return entry;
    }

    private void remove(String path, Entry entry) {
        entries.remove(path);
        heapBytes -= ZnodeHeap.bytes(path, entry.znode);
        Entry parent = entry.parent;
        if (parent == null || parent.children == null) {
            throw new Invariant.Broken(path + " was no child of its parent");
        }
        parent.children.remove(nameOf(path));
        if (parent.children.isEmpty()) {
            parent.children = null;
        }
    }

    private void trackOwner(String path, @Nullable Znode before, @Nullable Znode after) {
        SessionId old = before == null ? SessionId.NONE : before.ephemeralOwner();
        SessionId now = after == null ? SessionId.NONE : after.ephemeralOwner();
        if (old.equals(now)) {
            return;
        }
        ZnodePath znode = new ZnodePath(path);
        TreeSet<ZnodePath> owned = ephemerals.get(old);
        if (owned != null && owned.remove(znode) && owned.isEmpty()) {
            ephemerals.remove(old);
        }
        if (now.value() != 0) {
            ephemerals.computeIfAbsent(now, session -> new TreeSet<>()).add(znode);
        }
    }

    private static String childOf(String path, String name) {
        return path.equals(ROOT) ? ROOT + name : path + '/' + name;
    }

    /** Levels below the root. */
    private static int levels(String path) {
        int levels = 0;
        for (int i = 0; i < path.length() && path.length() > 1; i++) {
            levels += path.charAt(i) == '/' ? 1 : 0;
        }
        return levels;
    }

    private static String nameOf(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** UTF-8 bytes (no path holds a surrogate), two quotes and a comma. */
    private static int replyBytes(String name) {
        int bytes = 3;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
        }
        return bytes;
    }

    private static Znode builtIn(int numChildren) {
        return new Znode(
                new byte[0], null, Zxid.ZERO, Zxid.ZERO, Zxid.ZERO, 0, 0, 0, 0, 0, numChildren, SessionId.NONE);
    }
}
