package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.Zxid;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The recent end of a peer's history, in memory: the entries after {@link #base}, without a gap and each chained to
 * the one before. It says what was put into the journal, durable or not. What the peer itself is through with is packed.
 */
public final class History {
    /** Entries of a block that is packed, at most. */
    private static final int BLOCK_ENTRIES_MAX = 256;

    /** Bytes of such a block, but for its last entry. */
    private static final long BLOCK_BYTES_MAX = 64 << 10;

    /** A small history has this many blocks all the same, so that what is forgotten at a time is a small part of it. */
    private static final int BLOCKS_MIN = 4;

    /** The position before the first entry, and the bytes of all entries ever up to there. */
    private Place base;

    private final PackedEntries packed = new PackedEntries();

    /** Those behind the packed ones. */
    private final ArrayList<Placed> entries = new ArrayList<>();

    /** Where a search begins: any index will do. */
    private int lastFound;

    /** A position, and the bytes of all entries ever up to it. */
    record Place(Zxid zxid, long chain, long endOffset) {
        Place after(Entry entry) {
            return new Place(entry.zxid(), entry.chain(), endOffset + entry.size());
        }
    }

    private record Placed(Entry entry, long endOffset) {}

    /** @throws Invariant.Broken if the entries do not follow one another */
    public History(Zxid base, long baseChain, List<Entry> entries) {
        this.base = new Place(base, baseChain, 0);
        entries.forEach(this::append);
    }

    /** The position before the first entry in memory. */
    public Zxid base() {
        return base.zxid;
    }

    public Zxid last() {
        return entries.isEmpty() ? packed.end(base).zxid : lastPlaced().entry().zxid();
    }

    public long lastChain() {
        return entries.isEmpty() ? packed.end(base).chain : lastPlaced().entry().chain();
    }

    /** Puts an entry that came from elsewhere at the end, after checking that it belongs there. */
    public void append(Entry entry) {
        Invariant.check(
                entry.zxid().follows(last()) && entry.isChainedTo(last(), lastChain()),
                "gap in history: %s (after %s) does not continue %s",
                entry.zxid(),
                entry.previous(),
                last());
        place(entry);
    }

    /** Makes the entry with this zxid and payload at the end. */
    public Entry append(Zxid zxid, byte[] payload) {
        Invariant.check(zxid.follows(last()), "gap in history: %s does not follow %s", zxid, last());
        Entry entry = Entry.after(last(), lastChain(), zxid, payload);
        place(entry);
        return entry;
    }

    /** The chain at a position that is the base or an entry; empty for any other. */
    public OptionalLong chainAt(Zxid position) {
        Place at = at(position);
        return at != null && at.zxid.equals(position) ? OptionalLong.of(at.chain) : OptionalLong.empty();
    }

    /** Whether that position is the base or an entry, with that chain: then both histories are one up to there. */
    public boolean holds(Zxid position, long chain) {
        OptionalLong mine = chainAt(position);
        return mine.isPresent() && mine.getAsLong() == chain;
    }

    /** The highest position here that is not after {@code position}; null when that would be before the base. */
    public @Nullable Zxid floor(Zxid position) {
        Place at = at(position);
        return at == null ? null : at.zxid;
    }

    /** Entries after a position that is held here, up to that many bytes but at least one if there is any. */
    public List<Entry> after(Zxid position, long bytesMax) {
        List<Entry> found = new ArrayList<>();
        long[] bytes = {0};
        forEachAfter(position, entry -> {
            bytes[0] += entry.size();
            return (bytes[0] <= bytesMax || found.isEmpty()) && found.add(entry);
        });
        return found;
    }

    /** Entries after {@code position} up to and with {@code end}. */
    public List<Entry> between(Zxid position, Zxid end) {
        return between(position, end, Integer.MAX_VALUE);
    }

    /** Entries after {@code position} up to and with {@code end}, the first {@code countMax} of them. */
    public List<Entry> between(Zxid position, Zxid end, int countMax) {
        List<Entry> found = new ArrayList<>();
        forEachAfter(position, entry -> found.size() < countMax && !entry.zxid().isAfter(end) && found.add(entry));
        return found;
    }

    /** How many bytes of history lie before and at {@code position}: differences of it are sizes. */
    public long offsetOf(Zxid position) {
        Place at = at(position);
        return at == null ? base.endOffset : at.endOffset;
    }

    public long bytesAfter(Zxid position) {
        return endOffset() - offsetOf(position);
    }

    /** How many of the entries are packed. */
    int packedCount() {
        return packed.count();
    }

    public int countAfter(Zxid position) {
        int index = indexAfter(position);
        return entries.size() - index + (index == 0 ? packed.countAfter(position) : 0);
    }

    /** Everything after {@code position}, which must be held, goes. */
    public void truncateAfter(Zxid position) {
        Invariant.check(chainAt(position).isPresent(), "cannot truncate to %s, which is not held", position);
        entries.subList(indexAfter(position), entries.size()).clear();
        packed.cutAfter(position).forEach(this::place);
    }

    /** The history is another one from now on: empty, beginning after {@code position}. */
    public void restartAt(Zxid position, long chain) {
        base = new Place(position, chain, endOffset());
        entries.clear();
        packed.clear();
    }

    /**
     * Packs the entries up to {@code position}, as far as they fill blocks; how large those are follows from what
     * {@link #trim} is told to keep.
     */
    public void pack(Zxid position, int entriesKept, long bytesKept) {
        pack(indexAfter(position), entriesKept, bytesKept, false);
    }

    /**
     * Forgets entries up to {@code position}, but keeps the last ones that are within both numbers, or a block fewer of
     * them; packs those up to {@code position} that stay.
     */
    public void trim(Zxid position, int entriesKept, long bytesKept) {
        pack(indexAfter(position), entriesKept, bytesKept, true);
        while (!packed.isEmpty()
                && (packed.count() + entries.size() > entriesKept || endOffset() - base.endOffset > bytesKept)
                && !packed.firstEnd().zxid.isAfter(position)) {
            base = packed.firstEnd();
            packed.removeFirst();
        }
    }

    /** @param rest whether what does not fill a block is one all the same, if there are others */
    private void pack(int settled, int entriesKept, long bytesKept, boolean rest) {
        int blockEntries = Math.max(1, Math.min(BLOCK_ENTRIES_MAX, entriesKept / BLOCKS_MIN));
        long blockBytes = Math.min(BLOCK_BYTES_MAX, bytesKept / BLOCKS_MIN);
        if (settled >= blockEntries || settled > 0 && bytesNotPacked(settled) >= blockBytes) {
            List<Entry> due =
                    entries.subList(0, settled).stream().map(Placed::entry).toList();
            int taken = packed.add(due, packed.end(base), blockEntries, blockBytes, rest);
            entries.subList(0, taken).clear();
        }
    }

    private void forEachAfter(Zxid position, Predicate<Entry> taken) {
        int index = indexAfter(position);
        boolean all = index > 0 || packed.forEachAfter(position, taken);
        for (int i = index; all && i < entries.size(); i++) {
            all = taken.test(entries.get(i).entry());
        }
    }

    /** The last entry up to a position, or the base; null when the position is before it. */
    private @Nullable Place at(Zxid position) {
        int index = indexAfter(position) - 1;
        if (index >= 0) {
            Entry entry = entries.get(index).entry();
            return new Place(entry.zxid(), entry.chain(), entries.get(index).endOffset());
        }
        return base.zxid.isAfter(position) ? null : packed.at(position, base);
    }

    /** Bytes of the first ones that are not packed. */
    private long bytesNotPacked(int count) {
        return entries.get(count - 1).endOffset() - packed.end(base).endOffset;
    }

    private void place(Entry entry) {
        entries.add(new Placed(entry, endOffset() + entry.size()));
    }

    private long endOffset() {
        return entries.isEmpty() ? packed.end(base).endOffset : lastPlaced().endOffset();
    }

    private Placed lastPlaced() {
        return entries.get(entries.size() - 1);
    }

    /**
     * The index of the first entry after {@code position}, among those that are not packed. Searched from the one found
     * last, by steps that double: a leader asks at each proposal, nearly always of the same position.
     */
    private int indexAfter(Zxid position) {
        int low = Math.min(lastFound, entries.size());
        int high = low;
        for (int step = 1; low > 0 && isAfter(low - 1, position); step *= 2) {
            high = low - 1;
            low = Math.max(0, low - step);
        }
        for (int step = 1; high < entries.size() && !isAfter(high, position); step *= 2) {
            low = high + 1;
            high = Math.min(entries.size(), high + step);
        }
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (isAfter(middle, position)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        lastFound = low;
        return low;
    }

    private boolean isAfter(int index, Zxid position) {
        return entries.get(index).entry().zxid().isAfter(position);
    }
}
