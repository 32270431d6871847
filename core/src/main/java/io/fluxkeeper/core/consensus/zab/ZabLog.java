package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DeliveryShare;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Effects;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.History;
import io.fluxkeeper.core.consensus.HistoryRetention;
import io.fluxkeeper.core.consensus.RecoveredLog;
import java.util.ArrayDeque;

/**
 * The durable side of a peer: its history and epochs as they were given to the journal, how far the journal is known
 * durable, and what of it was delivered. The only class that emits Persist and Deliver.
 */
final class ZabLog {
    private final ZabLimits limits;
    private final History history;
    /** Batches not known durable, oldest first. */
    private final ArrayDeque<Mark> marks = new ArrayDeque<>();
    /** Fetched states whose record is not known durable yet, oldest first. Nothing is delivered while there is one. */
    private final ArrayDeque<Install> installs = new ArrayDeque<>();

    private final HistoryRetention retention;

    /** [PERSISTENT] f.p: the highest epoch promised. */
    private long acceptedEpoch;
    /** [PERSISTENT] f.a: the epoch whose leader's history this is. */
    private long currentEpoch;
    /** Not persistent: the journal notes it, a leader tells it. */
    private Zxid committed;
    /** Derived from Persisted. Never above an entry that a truncation not yet durable removed. */
    private Zxid durable;

    private Zxid delivered;
    private long deliveredChain;
    /** Until the drain ends. */
    private final DeliveryShare share = new DeliveryShare();

    private long durableBatch = -1;
    private long tick;
    private Effects effects;

    /** @param last the last entry once the batch is durable */
    private record Mark(long batch, Zxid last, long tick) {}

    private record Install(long batch, StagedSync.State state) {}

    ZabLog(RecoveredLog recovered, ZabLimits limits, Effects effects) {
        this.limits = limits;
        this.effects = effects;
        history = new History(recovered.base(), recovered.baseChain(), recovered.entries());
        acceptedEpoch = recovered.acceptedEpoch();
        currentEpoch = recovered.currentEpoch();
        Invariant.check(
                currentEpoch <= acceptedEpoch && history.last().epoch() <= currentEpoch,
                "recovered epochs are not in order: last %s, current %d, accepted %d",
                history.last(),
                currentEpoch,
                acceptedEpoch);
        Invariant.check(
                history.chainAt(recovered.applied()).isPresent(),
                "the state has applied %s, which the journal does not hold",
                recovered.applied());
        durable = history.last();
        delivered = recovered.applied();
        deliveredChain = history.chainAt(delivered).getAsLong();
        retention =
                new HistoryRetention(history, recovered.base(), limits.historyEntriesKept(), limits.historyBytesKept());
        committed = Zxid.max(delivered, Zxid.min(recovered.committed(), history.last()));
    }

    /** Where effects of the current step go. */
    void begin(Effects stepEffects, long stepTick) {
        effects = stepEffects;
        tick = stepTick;
    }

    History history() {
        return history;
    }

    Zxid last() {
        return history.last();
    }

    long acceptedEpoch() {
        return acceptedEpoch;
    }

    long currentEpoch() {
        return currentEpoch;
    }

    Zxid committed() {
        return committed;
    }

    Zxid durable() {
        return durable;
    }

    Zxid delivered() {
        return delivered;
    }

    /** Whether there is room for one more proposal. */
    boolean hasRoom() {
        return history.countAfter(delivered) < limits.inFlightEntriesMax()
                && history.bytesAfter(delivered) < limits.inFlightBytesMax();
    }

    /** The batch that the records emitted now go into. */
    long openBatch() {
        return effects.openBatch();
    }

    boolean isDurable(long batch) {
        return batch <= durableBatch;
    }

    /** For how many ticks the oldest batch has not become durable; 0 when all are. */
    long stalledTicks() {
        return marks.isEmpty() ? 0 : tick - marks.getFirst().tick();
    }

    /** Promises to follow nobody of a lower epoch. */
    void promise(long epoch) {
        Invariant.check(epoch > acceptedEpoch, "epoch %d is promised already (%d)", epoch, acceptedEpoch);
        acceptedEpoch = epoch;
        persist(new DurableRecord.Epochs(acceptedEpoch, currentEpoch));
    }

    /** A leader's history becomes that of the epoch it proposed: it is in the journal before this record. */
    void lead(long epoch) {
        Invariant.check(epoch == acceptedEpoch, "epoch %d to lead is not the one promised, %d", epoch, acceptedEpoch);
        currentEpoch = epoch;
        persist(new DurableRecord.Epochs(acceptedEpoch, currentEpoch));
    }

    Entry propose(Zxid zxid, byte[] payload) {
        Entry entry = history.append(zxid, payload);
        persist(new DurableRecord.Append(entry));
        return entry;
    }

    void append(Entry entry) {
        history.append(entry);
        persist(new DurableRecord.Append(entry));
    }

    /**
     * Makes the staged history this peer's own, and the epoch with it: one batch, so that no crash can leave one
     * without the other (ZOOKEEPER-4643), nor a part of either (3642, 5094).
     */
    void adopt(StagedSync stage, long epoch) {
        Invariant.check(epoch == acceptedEpoch, "epoch %d to follow is not the one promised, %d", epoch, acceptedEpoch);
        Invariant.check(
                !committed.isAfter(stage.end()),
                "the leader of epoch %d has history up to %s, but %s is committed",
                epoch,
                stage.end(),
                committed);
        long batch = openBatch();
        StagedSync.State state = stage.state();
        if (state != null) {
            installState(batch, state);
        } else if (last().isAfter(stage.begin())) {
            truncateAfter(stage.begin());
        }
        stage.entries().forEach(this::append);
        currentEpoch = epoch;
        persist(new DurableRecord.Epochs(acceptedEpoch, currentEpoch));
        Invariant.check(openBatch() == batch, "a synchronisation was split over batches %d and %d", batch, openBatch());
    }

    private void installState(long batch, StagedSync.State state) {
        Invariant.check(!delivered.isAfter(state.zxid()), "a state at %s would undo %s", state.zxid(), delivered);
        history.restartAt(state.zxid(), state.chain());
        limitDurable(Zxid.ZERO);
        persist(new DurableRecord.StateInstalled(state.file(), state.zxid(), state.chain(), state.digest()));
        installs.add(new Install(batch, state));
        committed = Zxid.max(committed, state.zxid());
    }

    private void truncateAfter(Zxid position) {
        Invariant.check(
                !committed.isAfter(position),
                "truncation to %s would remove what is committed, %s",
                position,
                committed);
        history.truncateAfter(position);
        limitDurable(position);
        persist(new DurableRecord.TruncateAfter(position));
    }

    /**
     * What is cut away cannot become durable any more. Without this, a batch before the truncation that completes
     * would vouch for entries put in its place: zxids of the new history can lie below those cut away.
     */
    private void limitDurable(Zxid position) {
        durable = Zxid.min(durable, position);
        int count = marks.size();
        for (int i = 0; i < count; i++) {
            Mark mark = marks.removeFirst();
            marks.addLast(new Mark(mark.batch(), Zxid.min(mark.last(), position), mark.tick()));
        }
    }

    void mark(DurableRecord.MembershipMark mark) {
        persist(mark);
    }

    private void persist(DurableRecord record) {
        long batch = openBatch();
        Invariant.check(batch > durableBatch, "batch %d is open and was reported durable", batch);
        effects.emit(new Effect.Persist(record));
        long since = tick;
        if (!marks.isEmpty() && marks.getLast().batch() == batch) {
            since = marks.removeLast().tick();
        }
        marks.addLast(new Mark(batch, last(), since));
    }

    /** That batch and all before it are durable. */
    void persisted(long batch) {
        while (!marks.isEmpty() && marks.getFirst().batch() <= batch) {
            durable = Zxid.max(durable, marks.removeFirst().last());
        }
        durableBatch = Math.max(durableBatch, batch);
        while (!installs.isEmpty() && installs.getFirst().batch() <= batch) {
            StagedSync.State state = installs.removeFirst().state();
            effects.emit(new Effect.InstallState(state.transfer(), state.file(), state.zxid(), state.digest()));
            delivered = state.zxid();
            deliveredChain = state.chain();
            retention.stateInstalled(state.zxid());
        }
        deliver();
    }

    /** Everything up to {@code zxid}, which this log holds, is committed. */
    void commit(Zxid zxid) {
        Invariant.check(!zxid.isAfter(last()), "%s is committed but history ends at %s", zxid, last());
        committed = Zxid.max(committed, zxid);
        deliver();
    }

    /** Hands over what is committed and durable here, and nothing else (1.8, rule 4); no more than a drain's share. */
    void deliver() {
        if (share.isUsedUp() || !hasMoreToDeliver()) {
            return;
        }
        for (Entry entry : history.between(delivered, Zxid.min(committed, durable), DeliveryShare.ENTRIES_MAX)) {
            if (share.isUsedUp()) {
                return;
            }
            share.take(entry);
            Invariant.check(entry.isChainedTo(delivered, deliveredChain), "%s does not continue %s", entry, delivered);
            delivered = entry.zxid();
            deliveredChain = entry.chain();
            effects.emit(new Effect.Deliver(entry));
        }
    }

    boolean hasMoreToDeliver() {
        return installs.isEmpty() && Zxid.min(committed, durable).isAfter(delivered);
    }

    /** What an earlier drain left is delivered as far as this one's share goes; the next one has its own. */
    void endOfDrain() {
        deliver();
        share.renew();
        retention.delivered(delivered);
    }

    /** The state store holds everything up to there: history may be forgotten as far as nobody else needs it. */
    void stateCommitted(Zxid zxid) {
        retention.stateCommitted(zxid, delivered);
    }

    /** Keeps the history after {@code position} until {@link #unpin}. */
    void pin(long transfer, Zxid position) {
        retention.pin(transfer, position);
    }

    void unpin(long transfer) {
        retention.unpin(transfer);
    }
}
