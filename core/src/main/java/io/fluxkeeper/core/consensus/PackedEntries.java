package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Entries that this peer is through with, and others seldom want: as bytes, many to an array. As objects they would
 * be the many that are neither new nor forever, of which a garbage collector knows no cheap way to be rid.
 */
final class PackedEntries {
    private record Block(History.Place end, int count, byte[] bytes) {
        List<Entry> entries() {
            return EntryCodec.read(new BinaryReader(bytes));
        }
    }

    private final ArrayList<Block> blocks = new ArrayList<>();
    private int count;

    boolean isEmpty() {
        return blocks.isEmpty();
    }

    int count() {
        return count;
    }

    /** The last entry, or {@code base} when there is none. */
    History.Place end(History.Place base) {
        return blocks.isEmpty() ? base : blocks.get(blocks.size() - 1).end;
    }

    /** The last entry up to a position, or {@code base}; the position is not before that. */
    History.Place at(Zxid position, History.Place base) {
        int index = blockAfter(position);
        History.Place at = index == 0 ? base : blocks.get(index - 1).end;
        if (index < blocks.size()) {
            for (Entry entry : blocks.get(index).entries()) {
                if (entry.zxid().isAfter(position)) {
                    break;
                }
                at = at.after(entry);
            }
        }
        return at;
    }

    /**
     * Puts entries behind the others, in blocks of so many, or of so many bytes.
     *
     * @param before where they begin
     * @param rest whether those that are left make a block too
     * @return how many were put here
     */
    int add(List<Entry> entries, History.Place before, int blockEntries, long blockBytes, boolean rest) {
        History.Place start = before;
        History.Place end = before;
        int from = 0;
        for (int i = 1; i <= entries.size(); i++) {
            end = end.after(entries.get(i - 1));
            long bytes = end.endOffset() - start.endOffset();
            if (i - from >= blockEntries || bytes >= blockBytes || rest && i == entries.size()) {
                add(entries.subList(from, i), (int) bytes, end);
                from = i;
                start = end;
            }
        }
        return from;
    }

    private void add(List<Entry> entries, int bytes, History.Place end) {
        BinaryWriter out = new BinaryWriter(bytes);
        EntryCodec.write(entries, out);
        blocks.add(new Block(end, entries.size(), out.toByteArray()));
        count += entries.size();
    }

    /** Shows the entries after a position, in order, until one is not taken. @return whether all were */
    boolean forEachAfter(Zxid position, Predicate<Entry> taken) {
        for (int i = blockAfter(position); i < blocks.size(); i++) {
            for (Entry entry : blocks.get(i).entries()) {
                if (entry.zxid().isAfter(position) && !taken.test(entry)) {
                    return false;
                }
            }
        }
        return true;
    }

    int countAfter(Zxid position) {
        int[] found = {0};
        forEachAfter(position, entry -> ++found[0] > 0);
        return found[0];
    }

    /** Those of the block that the position is in that are not after it; nothing after them stays. */
    List<Entry> cutAfter(Zxid position) {
        int from = blockAfter(position);
        List<Entry> kept = new ArrayList<>();
        if (from < blocks.size()) {
            kept.addAll(blocks.get(from).entries());
            kept.removeIf(entry -> entry.zxid().isAfter(position));
        }
        while (blocks.size() > from) {
            count -= blocks.remove(blocks.size() - 1).count;
        }
        return kept;
    }

    /** The end of the first block: where the history would begin without it. */
    History.Place firstEnd() {
        return blocks.get(0).end;
    }

    void removeFirst() {
        count -= blocks.remove(0).count;
    }

    void clear() {
        blocks.clear();
        count = 0;
    }

    /** The first block with an entry after that position; their number if there is none. */
    private int blockAfter(Zxid position) {
        int low = 0;
        int high = blocks.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (blocks.get(middle).end.zxid().isAfter(position)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
