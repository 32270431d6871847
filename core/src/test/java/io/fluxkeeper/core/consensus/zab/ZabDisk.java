package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.History;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.RecoveredLog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** A peer's disk: batches of records that become durable one by one, and files of states. */
final class ZabDisk {
    /** A state: what was applied, in order, and the chain there. */
    record State(Zxid zxid, long chain, List<Entry> applied) {
        static final State EMPTY = new State(Zxid.ZERO, 0, List.of());

        State {
            applied = List.copyOf(applied);
        }

        long digest() {
            return applied.hashCode() * 31L + chain;
        }
    }

    record Batch(long number, Zxid committed, List<DurableRecord> records) {}

    private final ArrayDeque<Batch> pending = new ArrayDeque<>();
    private List<DurableRecord> open = new ArrayList<>();
    private long openNumber = 1;

    // durable
    private final TreeMap<String, State> files = new TreeMap<>();
    private State state = State.EMPTY;
    private Membership membership = Membership.NONE;
    private long ensembleId;
    private DurableRecord.Epochs epochs = new DurableRecord.Epochs(0, 0);
    private History history = new History(Zxid.ZERO, 0, List.of());
    private Zxid committed = Zxid.ZERO;

    long openBatch() {
        return openNumber;
    }

    void add(DurableRecord record) {
        open.add(record);
    }

    /** The batch that the last record emitted is in. */
    long lastEmitted() {
        return open.isEmpty() ? openNumber - 1 : openNumber;
    }

    /** Ends the open batch, if anything is in it. */
    void close(Zxid committedNow) {
        if (!open.isEmpty()) {
            pending.add(new Batch(openNumber++, committedNow, open));
            open = new ArrayList<>();
        }
    }

    boolean isIdle() {
        return pending.isEmpty() && open.isEmpty();
    }

    /** The number of the batch that became durable; 0 when none was waiting. */
    long persistOne() {
        Batch batch = pending.poll();
        if (batch == null) {
            return 0;
        }
        batch.records().forEach(this::apply);
        committed = Zxid.max(committed, Zxid.min(batch.committed(), history.last()));
        return batch.number();
    }

    private void apply(DurableRecord record) {
        if (record instanceof DurableRecord.Epochs changed) {
            epochs = changed;
        } else if (record instanceof DurableRecord.Append append) {
            history.append(append.entry());
        } else if (record instanceof DurableRecord.TruncateAfter truncate) {
            history.truncateAfter(truncate.last());
        } else if (record instanceof DurableRecord.StateInstalled installed) {
            state = files.get(installed.file());
            history = new History(installed.zxid(), installed.chain(), List.of());
            committed = Zxid.max(committed, installed.zxid());
        } else if (record instanceof DurableRecord.MembershipMark mark) {
            membership = mark.membership();
            ensembleId = mark.ensembleId();
        }
    }

    /** The state store commits: the journal begins after it now. */
    void commitState(State stored) {
        if (history.holds(stored.zxid(), stored.chain())) {
            List<Entry> rest = history.between(stored.zxid(), history.last());
            state = stored;
            history = new History(stored.zxid(), stored.chain(), rest);
        }
    }

    void writeFile(String name, State content) {
        files.put(name, content);
    }

    State file(String name) {
        return files.get(name);
    }

    boolean hasFile(String name) {
        return files.containsKey(name);
    }

    void deleteFile(String name) {
        files.remove(name);
    }

    State state() {
        return state;
    }

    DurableRecord.Epochs epochs() {
        return epochs;
    }

    History history() {
        return history;
    }

    Membership membership() {
        return membership;
    }

    /** What was not durable is gone. */
    void crash() {
        pending.clear();
        open.clear();
    }

    RecoveredLog recover() {
        return new RecoveredLog(
                membership,
                ensembleId,
                epochs.accepted(),
                epochs.current(),
                history.base(),
                history.chainAt(history.base()).getAsLong(),
                history.between(history.base(), history.last()),
                state.zxid(),
                Zxid.max(committed, state.zxid()),
                "");
    }

    /** The mark on the disk is another one: an older one, or the one that recovery sets when it finds damage. */
    void forget(Membership mark) {
        membership = mark;
    }

    /** An empty disk of a founded ensemble. */
    void found(long id) {
        membership = Membership.FOUNDED;
        ensembleId = id;
    }

    /** A disk with this much on it, and nothing applied. */
    void hold(long acceptedEpoch, long currentEpoch, Entry... entries) {
        epochs = new DurableRecord.Epochs(acceptedEpoch, currentEpoch);
        history = new History(Zxid.ZERO, 0, List.of(entries));
    }
}
