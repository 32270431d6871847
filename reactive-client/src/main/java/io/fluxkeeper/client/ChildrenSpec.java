package io.fluxkeeper.client;

import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.znode.ZnodePath;
import org.jspecify.annotations.Nullable;

/**
 * Which children to list, and how.
 *
 * @param after names behind this one; null from the first
 * @param pageSize most names to fetch at a time, 1 to 10,000
 * @param pinned whether all names are of one moment: at most 60 s and 8 at a time for a peer. Otherwise each page is of
 *     its own moment: a child that is there all the time is listed once, one that comes or goes meanwhile perhaps
 * @param freshness of the first page; later ones are never older than what this client has seen
 */
public record ChildrenSpec(ZnodePath path, @Nullable String after, int pageSize, boolean pinned, Freshness freshness) {
    private static final int PAGE_SIZE_DEFAULT = 1_000;

    public ChildrenSpec {
        if (pageSize < 1 || pageSize > ClientRequest.CHILDREN_LIMIT_MAX) {
            throw new IllegalArgumentException(
                    "pageSize is 1.." + ClientRequest.CHILDREN_LIMIT_MAX + ", not " + pageSize);
        }
    }

    /** All children of that znode. @throws IllegalArgumentException that says what is wrong with the path */
    public static ChildrenSpec of(String path) {
        return new ChildrenSpec(ZnodePath.of(path), null, PAGE_SIZE_DEFAULT, false, Freshness.local());
    }

    /** Goes on behind that name, of an earlier listing for instance. */
    public ChildrenSpec after(@Nullable String name) {
        return new ChildrenSpec(path, name, pageSize, pinned, freshness);
    }

    public ChildrenSpec pageSize(int names) {
        return new ChildrenSpec(path, after, names, pinned, freshness);
    }

    public ChildrenSpec asOfOneMoment() {
        return new ChildrenSpec(path, after, pageSize, true, freshness);
    }

    public ChildrenSpec as(Freshness wanted) {
        return new ChildrenSpec(path, after, pageSize, pinned, wanted);
    }
}
