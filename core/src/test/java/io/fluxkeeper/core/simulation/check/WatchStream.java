package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.protocol.WatchScope;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * I9, for one watch over all its subscriptions: every matching change after its start, in order, once; none before;
 * and, while it is live, before anything on its connection that shows the change.
 */
public final class WatchStream {
    private final Model model;
    private final String path;
    private final WatchScope scope;
    /** Of the first change that was not shown and not skipped. */
    private int next;

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
            next++;
        } else if (item instanceof WatchItem.Bookmark bookmark) {
            nothingDueUpTo(bookmark.zxid(), "a bookmark");
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
        return due() == null;
    }

    private Model.@Nullable Event due() {
        while (next < model.events().size() && !wants(model.events().get(next).path())) {
            next++;
        }
        return next < model.events().size() ? model.events().get(next) : null;
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
