package io.fluxkeeper.core.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import org.jspecify.annotations.Nullable;

/** What a watch yields; each item costs one of the subscriber's demand on the wire. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "item")
@JsonSubTypes({
    @JsonSubTypes.Type(value = WatchItem.Started.class, name = "started"),
    @JsonSubTypes.Type(value = WatchItem.Changed.class, name = "changed"),
    @JsonSubTypes.Type(value = WatchItem.Bookmark.class, name = "bookmark")
})
public sealed interface WatchItem {
    Zxid zxid();

    /** The first item: every matching change after this position follows. */
    record Started(Zxid zxid) implements WatchItem {}

    /**
     * One change.
     *
     * @param zxid its transaction
     * @param ordinal its place among the changes of that transaction, from 0, counted over all paths
     * @param last whether no further change of that transaction follows on this stream
     * @param path the znode it happened to
     * @param stat the znode after it; null when it was deleted
     * @param data the znode's data after it; null when not asked for, when deleted, and when null
     */
    record Changed(
            Zxid zxid,
            int ordinal,
            boolean last,
            EventType type,
            ZnodePath path,
            @Nullable Stat stat,
            byte @Nullable [] data)
            implements WatchItem {}

    /** In quiet times: nothing matched up to this zxid, so a resume may start there. */
    record Bookmark(Zxid zxid) implements WatchItem {}
}
