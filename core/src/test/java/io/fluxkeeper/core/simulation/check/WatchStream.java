package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.Arrays;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * I9, for one watch over all its subscriptions: every matching change after its start, in order, once; none before;
 * and, while it is live, before anything on its connection that shows the change. Where it shows the state, each znode
 * as it was; and what was shown, with the changes since, is all there was at {@code Exact} and at every bookmark.
 */
public final class WatchStream {
    private final Model model;
    private final String path;
    private final WatchScope scope;
    /** Of the first change that was not shown and not skipped. */
    private int next;

    /** What a client has that was shown the state; null for one that watches changes only. */
    private @Nullable TreeMap<ZnodePath, Zxid> copy;

    private boolean showing;
    private @Nullable ZnodePath shown;

    public WatchStream(Model model, String path, WatchScope scope) {
        this.model = model;
        this.path = path;
        this.scope = scope;
    }

    /** It begins, or begins anew, after that transaction. */
    public void startAfter(Zxid zxid) {
        next = 0;
        while (next < model.events().size() && !model.events().get(next).zxid().isAfter(zxid)) {
            next++;
        }
    }

    public void item(WatchItem item) {
        if (item instanceof WatchItem.Changed changed) {
            Model.Event due = due();
            if (due == null || !isShown(due, changed)) {
                throw new Violation("watch events", "%s %s shows %s, due was %s", scope, path, changed, due);
            }
            next = dueAt() + 1;
            copyChange(changed);
        } else if (item instanceof WatchItem.Reset) {
            showing = true;
            shown = null;
            copy = new TreeMap<>();
        } else if (item instanceof WatchItem.Present present) {
            present(present);
        } else {
            nothingDueUpTo(item.zxid(), item.getClass().getSimpleName());
            if (item instanceof WatchItem.Exact) {
                showing = false;
                shown = null;
                startAfter(item.zxid());
            }
            copyIsExactAt(item.zxid());
        }
    }

    private void copyChange(WatchItem.Changed changed) {
        if (copy != null && changed.stat() == null) {
            copy.remove(changed.path());
        } else if (copy != null && changed.stat() != null) {
            copy.put(changed.path(), changed.stat().mzxid());
        }
    }

    private void present(WatchItem.Present present) {
        nothingDueUpTo(present.zxid(), "a znode");
        startAfter(present.zxid());
        Model.Node node = model.node(present.path().value(), present.zxid());
        boolean asItWas = node != null
                && present.stat() != null
                && present.stat().equals(node.stat())
                && Arrays.equals(present.data(), node.data());
        boolean inPlace = wants(present.path().value())
                && (shown == null || present.path().compareTo(shown) > 0);
        if (!showing || !asItWas || !inPlace || copy == null) {
            throw new Violation("state shown", "%s %s: %s behind %s, and it was %s", scope, path, present, shown, node);
        }
        shown = present.path();
        copy.put(present.path(), present.stat().mzxid());
    }

    private void copyIsExactAt(Zxid zxid) {
        TreeMap<ZnodePath, Zxid> expected = new TreeMap<>();
        for (String each : model.paths()) {
            Model.Node node = wants(each) ? model.node(each, zxid) : null;
            if (node != null) {
                expected.put(ZnodePath.of(each), node.stat().mzxid());
            }
        }
        if (copy != null && !copy.equals(expected)) {
            throw new Violation("exact state", "%s %s at %s: %s, not %s", scope, path, zxid, copy, expected);
        }
    }

    /** Whoever watches was shown a state, and had asked for more events. */
    public void nothingDueUpTo(Zxid zxid, String shownBy) {
        Model.Event due = due();
        if (due != null && !due.zxid().isAfter(zxid)) {
            throw new Violation(
                    "watch before data", "%s %s: %s shows %s, and %s is due", scope, path, shownBy, zxid, due);
        }
    }

    /** Whether everything that happened has been shown. */
    public boolean isComplete() {
        return !showing && due() == null;
    }

    private Model.@Nullable Event due() {
        int at = dueAt();
        return at < model.events().size() ? model.events().get(at) : null;
    }

    /** While the state is shown, what is not shown yet is not missed. */
    private int dueAt() {
        int at = next;
        while (at < model.events().size()) {
            String changed = model.events().get(at).path();
            boolean known = !showing || shown != null && ZnodePath.of(changed).compareTo(shown) <= 0;
            if (known && wants(changed)) {
                break;
            }
            at++;
        }
        next = showing ? next : at;
        return at;
    }

    private boolean wants(String changed) {
        String prefix = path.equals("/") ? "/" : path + "/";
        return switch (scope) {
            case ZNODE -> changed.equals(path);
            case CHILDREN ->
                changed.startsWith(prefix)
                        && changed.length() > prefix.length()
                        && changed.indexOf('/', prefix.length()) < 0;
            case SUBTREE -> changed.equals(path) || changed.startsWith(prefix);
        };
    }

    private static boolean isShown(Model.Event due, WatchItem.Changed shown) {
        boolean same = due.zxid().equals(shown.zxid())
                && due.ordinal() == shown.ordinal()
                && due.type() == shown.type()
                && due.path().equals(shown.path().value());
        Model.Node node = due.node();
        if (!same || !due.alone()) {
            return same;
        }
        return node == null
                ? shown.stat() == null
                : shown.stat() != null
                        && shown.stat().mzxid().equals(node.stat().mzxid())
                        && shown.stat().version() == node.stat().version()
                        && Arrays.equals(shown.data(), node.data());
    }
}
