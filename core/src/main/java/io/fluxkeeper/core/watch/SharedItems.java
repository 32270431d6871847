package io.fluxkeeper.core.watch;

import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.znode.Change;
import org.jspecify.annotations.Nullable;

/**
 * What the changes of one transaction come to for subscriptions: one object for all who want a change in the same form,
 * so that whoever encodes it can see that it is the same.
 */
final class SharedItems {
    private static final int LAST = 1;
    private static final int STAT = 2;
    private static final int DATA = 4;
    private static final int FORMS = 8;

    private final @Nullable WatchItem[] made;

    /** @param changes of the transaction, all of them */
    SharedItems(int changes) {
        made = new WatchItem[changes * FORMS];
    }

    /** @param last whether it is the last of its transaction that the subscription gets */
    WatchItem of(Change change, boolean last, boolean withStat, boolean withData) {
        int form = (last ? LAST : 0) + (withStat ? STAT : 0) + (withData ? DATA : 0);
        int place = change.ordinal() * FORMS + form;
        WatchItem item = made[place];
        if (item == null) {
            item = new WatchItem.Changed(
                    change.zxid(),
                    change.ordinal(),
                    last,
                    change.type(),
                    change.path(),
                    withStat ? change.stat() : null,
                    withData ? change.data() : null);
            made[place] = item;
        }
        return item;
    }
}
