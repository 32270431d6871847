package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.store.StateChange;
import io.fluxkeeper.core.store.StateDelta;
import io.fluxkeeper.core.watch.Watches;
import java.util.ArrayList;
import java.util.List;

/**
 * Executes what the broadcast delivers, in order, and tells all whom it concerns. What a drain delivers is executed by
 * the next one: its messages and its records leave first, so that the other peers and the disk are at work while this
 * peer executes (architecture, decision 4).
 */
final class Deliveries {
    private final ReplicaContext context;
    private final LeaderDesk leaderDesk;
    private final WriteDesk writes;
    private final ReadDesk reads;
    private final SessionDesk sessions;
    private final Watches watches;
    private final DigestDesk digests;

    /** Of this drain. */
    private List<Entry> delivered = new ArrayList<>();

    /** Of the drain before. */
    private List<Entry> due = new ArrayList<>();

    /** What executing changed in the state and the store has not been told. */
    private List<StateChange> unfolded = new ArrayList<>();

    /** The chain at the last entry executed. */
    private long chain;

    Deliveries(
            ReplicaContext context,
            LeaderDesk leaderDesk,
            WriteDesk writes,
            ReadDesk reads,
            SessionDesk sessions,
            Watches watches,
            DigestDesk digests) {
        this.context = context;
        this.leaderDesk = leaderDesk;
        this.writes = writes;
        this.reads = reads;
        this.sessions = sessions;
        this.watches = watches;
        this.digests = digests;
    }

    void add(Entry entry) {
        delivered.add(entry);
    }

    /** Whether there is something for the next drain to execute. */
    boolean areDue() {
        return !due.isEmpty();
    }

    /** What the drain before delivered. */
    void executeDue(List<ReplicaEffect> effects) {
        execute(due, effects);
    }

    /** All that was delivered so far, for what must find it executed. */
    void executeAll(List<ReplicaEffect> effects) {
        execute(due, effects);
        execute(delivered, effects);
    }

    /** The state is another from now on: what executing changed in the one before is in it. */
    void stateReplaced() {
        unfolded = new ArrayList<>();
    }

    /** Gives the store what was executed, and leaves what was delivered to the next drain. */
    void endOfDrain(List<ReplicaEffect> effects) {
        if (!unfolded.isEmpty()) {
            effects.add(new ReplicaEffect.Fold(
                    new StateDelta(context.state.applied(), chain, context.state.digest(), unfolded)));
            unfolded = new ArrayList<>();
        }
        List<Entry> executed = due;
        due = delivered;
        delivered = executed;
    }

    private void execute(List<Entry> entries, List<ReplicaEffect> effects) {
        for (Entry entry : entries) {
            execute(entry, effects);
        }
        entries.clear();
    }

    private void execute(Entry entry, List<ReplicaEffect> effects) {
        Invariant.check(
                entry.zxid().isAfter(context.state.applied()),
                "%s is executed after %s was applied",
                entry.zxid(),
                context.state.applied());
        Applied applied = context.state.apply(entry.zxid(), entry.payload());
        chain = entry.chain();
        digests.executed(entry.zxid());
        if (applied.defect() != null) {
            effects.add(new ReplicaEffect.Defect(entry.zxid(), applied.defect()));
        }
        unfolded.addAll(applied.stateChanges());
        reads.pins().applied(applied.changes());
        watches.applied(entry.zxid(), applied.changes());
        sessions.executed(applied);
        writes.executed(applied);
        if (applied.ended() != null) {
            reads.executed(applied.ended());
        }
        Transaction transaction = applied.transaction();
        WriteStamp stamp = transaction == null ? null : transaction.body().stamp();
        if (transaction != null && stamp != null) {
            leaderDesk.executed(entry.zxid(), stamp, transaction.body().generation(), context.state);
            reads.executed(stamp.session());
        }
    }
}
