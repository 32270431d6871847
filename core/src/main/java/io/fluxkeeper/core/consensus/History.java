package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.Zxid;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The recent end of a peer's history, in memory: the entries after {@link #base}, without a gap and each chained to
 * the one before. It says what was put into the journal, durable or not.
 */
public final class History {
    private Zxid base;
    private long baseChain;
    /** Bytes of all entries ever before {@link #base}; places are told as offsets in this count. */
    private long baseOffset;

    private final ArrayList<Placed> entries = new ArrayList<>();

    /** An entry and the bytes of it and all before it. */
    private record Placed(Entry entry, long endOffset) {}

    /** @throws Invariant.Broken if the entries do not follow one another */
    public History(Zxid base, long baseChain, List<Entry> entries) {
        this.base = base;
        this.baseChain = baseChain;
        entries.forEach(this::append);
    }

    /** The position before the first entry in memory. */
    public Zxid base() {
        return base;
    }

    public Zxid last() {
        return entries.isEmpty() ? base : lastPlaced().entry().zxid();
    }

    public long lastChain() {
        return entries.isEmpty() ? baseChain : lastPlaced().entry().chain();
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
        if (position.equals(base)) {
            return OptionalLong.of(baseChain);
        }
        int index = indexAfter(position) - 1;
        return index >= 0 && entries.get(index).entry().zxid().equals(position)
                ? OptionalLong.of(entries.get(index).entry().chain())
                : OptionalLong.empty();
    }

    /** Whether that position is the base or an entry, with that chain: then both histories are one up to there. */
    public boolean holds(Zxid position, long chain) {
        OptionalLong mine = chainAt(position);
        return mine.isPresent() && mine.getAsLong() == chain;
    }

    /** The highest position here that is not after {@code position}; null when that would be before the base. */
    public @Nullable Zxid floor(Zxid position) {
        int index = indexAfter(position) - 1;
        if (index >= 0) {
            return entries.get(index).entry().zxid();
        }
        return base.isAfter(position) ? null : base;
    }

    /** Entries after a position that is held here, up to that many bytes but at least one if there is any. */
    public List<Entry> after(Zxid position, long bytesMax) {
        List<Entry> found = new ArrayList<>();
        long bytes = 0;
        for (int i = indexAfter(position); i < entries.size(); i++) {
            Entry entry = entries.get(i).entry();
            bytes += entry.size();
            if (bytes > bytesMax && !found.isEmpty()) {
                break;
            }
            found.add(entry);
        }
        return found;
    }

    /** Entries after {@code position} up to and with {@code end}. */
    public List<Entry> between(Zxid position, Zxid end) {
        return between(position, end, Integer.MAX_VALUE);
    }

    /** Entries after {@code position} up to and with {@code end}, the first {@code countMax} of them. */
    public List<Entry> between(Zxid position, Zxid end, int countMax) {
        List<Entry> found = new ArrayList<>();
        for (int i = indexAfter(position); i < entries.size() && found.size() < countMax; i++) {
            Entry entry = entries.get(i).entry();
            if (entry.zxid().isAfter(end)) {
                break;
            }
            found.add(entry);
        }
        return found;
    }

    /** How many bytes of history lie before and at {@code position}: differences of it are sizes. */
    public long offsetOf(Zxid position) {
        int index = indexAfter(position) - 1;
        return index < 0 ? baseOffset : entries.get(index).endOffset();
    }

    public long bytesAfter(Zxid position) {
        return endOffset() - offsetOf(position);
    }

    public int countAfter(Zxid position) {
        return entries.size() - indexAfter(position);
    }

    /** Everything after {@code position}, which must be held, goes. */
    public void truncateAfter(Zxid position) {
        Invariant.check(chainAt(position).isPresent(), "cannot truncate to %s, which is not held", position);
        entries.subList(indexAfter(position), entries.size()).clear();
    }

    /** The history is another one from now on: empty, beginning after {@code position}. */
    public void restartAt(Zxid position, long chain) {
        baseOffset = endOffset();
        entries.clear();
        base = position;
        baseChain = chain;
    }

    /** Forgets entries up to {@code position}, but keeps the last ones that are within both numbers. */
    public void trim(Zxid position, int entriesKept, long bytesKept) {
        int removable = indexAfter(position);
        long end = endOffset();
        long startOffset = baseOffset;
        int count = 0;
        while (count < removable && (entries.size() - count > entriesKept || end - startOffset > bytesKept)) {
            startOffset = entries.get(count).endOffset();
            count++;
        }
        // Moving the rest costs their number: wait until it is worth it.
        if (count == 0 || count < entries.size() / 8) {
            return;
        }
        Placed newBase = entries.get(count - 1);
        base = newBase.entry().zxid();
        baseChain = newBase.entry().chain();
        baseOffset = newBase.endOffset();
        entries.subList(0, count).clear();
    }

    private void place(Entry entry) {
        entries.add(new Placed(entry, endOffset() + entry.size()));
    }

    private long endOffset() {
        return entries.isEmpty() ? baseOffset : lastPlaced().endOffset();
    }

    private Placed lastPlaced() {
        return entries.get(entries.size() - 1);
    }

    /** The index of the first entry after {@code position}. */
    private int indexAfter(Zxid position) {
        int low = 0;
        int high = entries.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (entries.get(middle).entry().zxid().isAfter(position)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
