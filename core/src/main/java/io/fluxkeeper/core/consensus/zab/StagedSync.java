package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Entry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a follower has received of a synchronisation, in memory. It replaces the follower's history only as a whole, at
 * NEWLEADER; until then the log is what it was, and an interruption throws this away (R6).
 */
final class StagedSync {
    private final Effect.SyncMode mode;
    private final Zxid begin;
    private final @Nullable Long transfer;
    private final long digest;
    private final long beginChain;
    private final List<Entry> entries = new ArrayList<>();
    private long bytes;
    private @Nullable State state;

    /** A state in a verified, fsynced file. */
    record State(long transfer, String file, Zxid zxid, long chain, long digest) {}

    private StagedSync(Effect.SyncMode mode, Zxid begin, long beginChain, @Nullable Long transfer, long digest) {
        this.mode = mode;
        this.begin = begin;
        this.beginChain = beginChain;
        this.transfer = transfer;
        this.digest = digest;
    }

    /** For DIFF: the follower's own history, whose end {@code begin} is, and what follows. */
    static StagedSync diff(Zxid begin, long chain) {
        return new StagedSync(Effect.SyncMode.DIFF, begin, chain, null, 0);
    }

    /** For TRUNC: the follower's own history up to {@code begin}, and what follows. */
    static StagedSync trunc(Zxid begin, long chain) {
        return new StagedSync(Effect.SyncMode.TRUNC, begin, chain, null, 0);
    }

    /** For SNAP: a state to be fetched, and what follows. */
    static StagedSync snap(ZabMessage.Snap snap) {
        return new StagedSync(Effect.SyncMode.SNAP, snap.zxid(), snap.chain(), snap.transfer(), snap.digest());
    }

    Effect.SyncMode mode() {
        return mode;
    }

    Zxid begin() {
        return begin;
    }

    Zxid end() {
        return entries.isEmpty() ? begin : entries.get(entries.size() - 1).zxid();
    }

    private long endChain() {
        return entries.isEmpty() ? beginChain : entries.get(entries.size() - 1).chain();
    }

    /** Whether {@code position} is the end of what is staged, with that chain. */
    boolean endsAt(Zxid position, long chain) {
        return position.equals(end()) && chain == endChain();
    }

    /** Whether this very entry is staged already. */
    boolean holds(Entry entry) {
        int index = Collections.binarySearch(entries, entry, Comparator.comparing(Entry::zxid));
        return index >= 0 && entries.get(index).chain() == entry.chain();
    }

    List<Entry> entries() {
        return entries;
    }

    long bytes() {
        return bytes;
    }

    /** False for an entry that does not continue what is staged. */
    boolean add(Entry entry) {
        if (!entry.zxid().follows(end()) || !entry.isChainedTo(end(), endChain())) {
            return false;
        }
        entries.add(entry);
        bytes += entry.size();
        return true;
    }

    /** The fetched state; null while it is not there, and for DIFF and TRUNC. */
    @Nullable State state() {
        return state;
    }

    boolean isFetching() {
        return transfer != null && state == null;
    }

    boolean isFor(long fetchedTransfer) {
        return transfer != null && transfer == fetchedTransfer;
    }

    /** False for a state that is not the one announced. */
    boolean fetched(State fetched) {
        if (!fetched.zxid().equals(begin) || fetched.chain() != beginChain || fetched.digest() != digest) {
            return false;
        }
        state = fetched;
        return true;
    }
}
