package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.Zxid;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/** A peer's disk: batches of records that become durable one by one, and files of states. */
public final class BroadcastDisk {
    /** A state: what was applied, in order, and the chain there. */
    public record State(Zxid zxid, long chain, List<Entry> applied) {
        public static final State EMPTY = new State(Zxid.ZERO, 0, List.of());

        public State {
            applied = List.copyOf(applied);
        }

        public long digest() {
            return applied.hashCode() * 31L + chain;
        }
    }

    public record Batch(long number, Zxid committed, List<DurableRecord> records) {}

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
    private final AcceptedTail accepted = new AcceptedTail();
    private Zxid committed = Zxid.ZERO;

    public long openBatch() {
        return openNumber;
    }

    public void add(DurableRecord record) {
        open.add(record);
    }

    /** The batch that the last record emitted is in. */
    public long lastEmitted() {
        return open.isEmpty() ? openNumber - 1 : openNumber;
    }

    /** Ends the open batch, if anything is in it. */
    public void close(Zxid committedNow) {
        if (!open.isEmpty()) {
            pending.add(new Batch(openNumber++, committedNow, open));
            open = new ArrayList<>();
        }
    }

    public boolean isIdle() {
        return pending.isEmpty() && open.isEmpty();
    }

    /** What the oldest waiting batch holds; nothing when none waits. */
    public List<DurableRecord> next() {
        return pending.isEmpty() ? List.of() : List.copyOf(pending.getFirst().records());
    }

    /** The number of the batch that became durable; 0 when none was waiting. */
    public long persistOne() {
        Batch batch = pending.poll();
        if (batch == null) {
            return 0;
        }
        batch.records().forEach(this::apply);
        decide(batch.committed());
        committed = Zxid.max(committed, Zxid.min(batch.committed(), history.last()));
        return batch.number();
    }

    private void apply(DurableRecord record) {
        if (record instanceof DurableRecord.Epochs changed) {
            epochs = changed;
        } else if (record instanceof DurableRecord.Append append) {
            decide(append.entry().previous());
            history.append(append.entry());
            accepted.dropUpTo(append.entry().zxid());
        } else if (record instanceof DurableRecord.TruncateAfter truncate) {
            history.truncateAfter(truncate.last());
        } else if (record instanceof DurableRecord.StateInstalled installed) {
            state = files.get(installed.file());
            history = new History(installed.zxid(), installed.chain(), List.of());
            committed = Zxid.max(committed, installed.zxid());
            accepted.clear();
        } else if (record instanceof DurableRecord.Promised promised) {
            epochs = new DurableRecord.Epochs(promised.ballot(), 0);
        } else if (record instanceof DurableRecord.Accepted vote) {
            accepted.put(vote);
        } else if (record instanceof DurableRecord.Decided decided) {
            decide(decided.last());
            if (!history.base().isAfter(decided.last()) && !history.holds(decided.last(), decided.chain())) {
                throw new AssertionError("decided up to " + decided.last() + ", but the votes on disk are others");
            }
        } else if (record instanceof DurableRecord.MembershipMark mark) {
            membership = mark.membership();
            ensembleId = mark.ensembleId();
        }
    }

    /** What was accepted up to there joins the history, as far as it is there. */
    private void decide(Zxid last) {
        Zxid end = Zxid.min(last, accepted.contiguousAfter(history.last()));
        List<Entry> entries = accepted.chained(history.last(), history.lastChain(), end);
        if (entries != null) {
            entries.forEach(history::append);
            accepted.dropUpTo(history.last());
        }
    }

    /** Whether that entry is durable here, decided or not. */
    public boolean holds(Entry entry) {
        DurableRecord.Accepted vote = accepted.at(entry.zxid());
        return vote == null
                ? history.holds(entry.zxid(), entry.chain())
                : Arrays.equals(vote.payload(), entry.payload());
    }

    /** The state store commits: the journal begins after it now. */
    public void commitState(State stored) {
        decide(stored.zxid());
        if (history.holds(stored.zxid(), stored.chain())) {
            List<Entry> rest = history.between(stored.zxid(), history.last());
            state = stored;
            history = new History(stored.zxid(), stored.chain(), rest);
        }
    }

    public void writeFile(String name, State content) {
        files.put(name, content);
    }

    public State file(String name) {
        return files.get(name);
    }

    public boolean hasFile(String name) {
        return files.containsKey(name);
    }

    public void deleteFile(String name) {
        files.remove(name);
    }

    public State state() {
        return state;
    }

    public DurableRecord.Epochs epochs() {
        return epochs;
    }

    public History history() {
        return history;
    }

    public AcceptedTail accepted() {
        return accepted;
    }

    public Membership membership() {
        return membership;
    }

    /** What was not durable is gone. */
    public void crash() {
        pending.clear();
        open.clear();
    }

    public RecoveredLog recover() {
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
                accepted.all(),
                "");
    }

    /** The mark on the disk is another one: an older one, or the one that recovery sets when it finds damage. */
    public void forget(Membership mark) {
        membership = mark;
    }

    /** An empty disk of a founded ensemble. */
    public void found(long id) {
        membership = Membership.FOUNDED;
        ensembleId = id;
    }

    /** A disk with this much on it: a promise, a decided history, and votes after it. */
    public void hold(long ballot, List<Entry> decided, List<DurableRecord.Accepted> votes) {
        epochs = new DurableRecord.Epochs(ballot, 0);
        history = new History(Zxid.ZERO, 0, decided);
        votes.forEach(accepted::put);
        committed = history.last();
    }

    /** A disk with this much on it, and nothing applied. */
    public void hold(long acceptedEpoch, long currentEpoch, Entry... entries) {
        epochs = new DurableRecord.Epochs(acceptedEpoch, currentEpoch);
        history = new History(Zxid.ZERO, 0, List.of(entries));
    }
}
