package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.Zxid;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an acceptor of Multi-Paxos holds after the end of its history: for each slot the value it accepted last. Slots
 * may be missing. A slot is a zxid, and the next slot is the next zxid.
 */
public final class AcceptedTail {
    private final TreeMap<Zxid, DurableRecord.Accepted> bySlot = new TreeMap<>();
    private long bytes;

    /** The slot after {@code slot}: an epoch's worth of numbers lasts 34 years at 1,000 a second, then comes the next. */
    public static Zxid next(Zxid slot) {
        return slot.counter() == Zxid.COUNTER_MAX ? Zxid.of(slot.epoch() + 1, 1) : slot.next();
    }

    /** The slot before {@code slot}; 0:0 before the first. */
    public static Zxid previous(Zxid slot) {
        return slot.counter() == 1 && slot.epoch() > 0
                ? Zxid.of(slot.epoch() - 1, Zxid.COUNTER_MAX)
                : Zxid.of(slot.epoch(), slot.counter() - 1);
    }

    /** Takes the place of what was accepted for the slot before. */
    public void put(DurableRecord.Accepted accepted) {
        DurableRecord.Accepted before = bySlot.put(accepted.slot(), accepted);
        bytes += accepted.size() - (before == null ? 0 : before.size());
    }

    /** Null for a slot for which nothing was accepted. */
    public DurableRecord.@Nullable Accepted at(Zxid slot) {
        return bySlot.get(slot);
    }

    /** In slot order, from {@code from} on. */
    public List<DurableRecord.Accepted> from(Zxid from) {
        return List.copyOf(bySlot.tailMap(from, true).values());
    }

    /** In slot order, up to {@code last}. */
    public List<DurableRecord.Accepted> upTo(Zxid last) {
        return List.copyOf(bySlot.headMap(last, true).values());
    }

    public List<DurableRecord.Accepted> all() {
        return List.copyOf(bySlot.values());
    }

    /** The last slot for which something was accepted; {@code none} when there is none. */
    public Zxid lastOr(Zxid none) {
        return bySlot.isEmpty() ? none : bySlot.lastKey();
    }

    public boolean isEmpty() {
        return bySlot.isEmpty();
    }

    public int count() {
        return bySlot.size();
    }

    /** Of all values, roughly. */
    public long bytes() {
        return bytes;
    }

    /** The values up to {@code last}, as entries of a history that ends at {@code end}; null when a slot is missing. */
    public @Nullable List<Entry> chained(Zxid end, long chain, Zxid last) {
        List<Entry> entries = new ArrayList<>();
        Zxid previous = end;
        long previousChain = chain;
        while (last.isAfter(previous)) {
            DurableRecord.Accepted accepted = bySlot.get(next(previous));
            if (accepted == null) {
                return null;
            }
            Entry entry = Entry.after(previous, previousChain, accepted.slot(), accepted.payload());
            entries.add(entry);
            previous = entry.zxid();
            previousChain = entry.chain();
        }
        return entries;
    }

    /** The last slot such that something was accepted for every one after {@code end} up to it. */
    public Zxid contiguousAfter(Zxid end) {
        Zxid last = end;
        while (bySlot.containsKey(next(last))) {
            last = next(last);
        }
        return last;
    }

    /** Slots up to there belong to the history now. */
    public void dropUpTo(Zxid slot) {
        while (!bySlot.isEmpty() && !bySlot.firstKey().isAfter(slot)) {
            bytes -= bySlot.pollFirstEntry().getValue().size();
        }
    }

    public void clear() {
        bySlot.clear();
        bytes = 0;
    }
}
