package io.fluxkeeper.core.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import org.jspecify.annotations.Nullable;

/** What a stream yields; each item costs one of the subscriber's demand on the wire. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "item")
@JsonSubTypes({
    @JsonSubTypes.Type(value = WatchItem.Started.class, name = "started"),
    @JsonSubTypes.Type(value = WatchItem.Changed.class, name = "changed"),
    @JsonSubTypes.Type(value = WatchItem.Bookmark.class, name = "bookmark"),
    @JsonSubTypes.Type(value = WatchItem.Reset.class, name = "reset"),
    @JsonSubTypes.Type(value = WatchItem.Present.class, name = "present"),
    @JsonSubTypes.Type(value = WatchItem.Exact.class, name = "exact")
})
public sealed interface WatchItem {
    Zxid zxid();

    /** The first item of a stream that begins with changes: every matching one after this transaction follows. */
    record Started(Zxid zxid) implements WatchItem {}

    /**
     * One change.
     *
     * @param zxid its transaction
     * @param ordinal its place among the changes of that transaction, from 0, counted over all paths
     * @param last whether no further change of that transaction follows on this stream
     * @param path the znode it happened to
     * @param stat the znode after it; null when not asked for, and when it was deleted
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

    /**
     * What the client knew before is void: the state follows, then changes. The first item of an observation, and of
     * any stream whose changes are not kept any more.
     */
    record Reset(Zxid zxid) implements WatchItem {}

    /**
     * Behind {@link Reset}: a znode as it is. Znodes come in the order of their paths; changes of those shown already
     * come in between, each before anything that was read behind it.
     *
     * @param zxid the state it was read from
     * @param stat null when not asked for
     * @param data null when not asked for, and when null
     */
    record Present(Zxid zxid, ZnodePath path, @Nullable Stat stat, byte @Nullable [] data) implements WatchItem {}

    /** The state was shown: what the client knows now is what there is at this zxid. From here on only changes come. */
    record Exact(Zxid zxid) implements WatchItem {}
}
