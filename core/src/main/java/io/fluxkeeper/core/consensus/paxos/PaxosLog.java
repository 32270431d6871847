package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AcceptedTail;
import io.fluxkeeper.core.consensus.DeliveryShare;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Effects;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.History;
import io.fluxkeeper.core.consensus.HistoryRetention;
import io.fluxkeeper.core.consensus.RecoveredLog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The durable side of a peer: what it promised, what it accepted for the slots that it does not know decided, and the
 * history of those it does. The only class that emits Persist and Deliver.
 *
 * <p>A slot is a zxid; the next slot is the next zxid. Decided slots are chained into a {@link History}, which is the same
 * at all peers.
 */
final class PaxosLog {
    private final PaxosLimits limits;
    private final History history;
    private final AcceptedTail tail = new AcceptedTail();
    /** Decided and not delivered, oldest first. */
    private final ArrayDeque<Entry> undelivered = new ArrayDeque<>();

    private final PaxosDurability durability = new PaxosDurability();
    private final HistoryRetention retention;

    /** [PERSISTENT] Nothing of a lower ballot is accepted. */
    private Ballot promised;
    /** How far the journal has been told what is decided. Behind the history by what a later batch will say. */
    private Zxid decidedWritten;

    /** The leadership whose values are being accepted, slot by slot, without a gap. */
    private Ballot run = Ballot.NONE;

    private Zxid runEnd;

    private Zxid delivered;
    private long deliveredChain;
    /** Until the drain ends. */
    private final DeliveryShare share = new DeliveryShare();

    private Effects effects;

    /** A state in a verified, fsynced file. */
    record State(long transfer, String file, Zxid zxid, long chain, long digest) {}

    PaxosLog(RecoveredLog recovered, PaxosLimits limits, Effects effects) {
        this.limits = limits;
        this.effects = effects;
        history = new History(recovered.base(), recovered.baseChain(), recovered.entries());
        recovered.accepted().forEach(tail::put);
        promised = new Ballot(recovered.acceptedEpoch());
        Invariant.check(
                history.chainAt(recovered.applied()).isPresent(),
                "the state has applied %s, which the journal does not hold",
                recovered.applied());
        for (DurableRecord.Accepted vote : recovered.accepted()) {
            Invariant.check(
                    vote.slot().isAfter(history.last()) && vote.ballot() <= promised.number(),
                    "recovered vote %s, with history up to %s and %s promised",
                    vote,
                    history.last(),
                    promised);
        }
        delivered = recovered.applied();
        deliveredChain = history.chainAt(delivered).getAsLong();
        retention =
                new HistoryRetention(history, recovered.base(), limits.historyEntriesKept(), limits.historyBytesKept());
        decidedWritten = history.last();
        runEnd = history.last();
        undelivered.addAll(history.between(delivered, history.last()));
    }

    /** Where effects of the current step go. */
    void begin(Effects stepEffects, long stepTick) {
        effects = stepEffects;
        durability.begin(stepTick);
    }

    History history() {
        return history;
    }

    /** Every slot up to there is decided, and its value is here. */
    Zxid decided() {
        return history.last();
    }

    Ballot promised() {
        return promised;
    }

    Zxid delivered() {
        return delivered;
    }

    /** The last slot with a value, decided or not. */
    Zxid last() {
        return tail.lastOr(decided());
    }

    /** There is a value, decided or not, for every slot up to there. */
    Zxid contiguousLast() {
        return tail.contiguousAfter(decided());
    }

    /** What was accepted from {@code slot} on and is not known decided, in slot order. */
    List<DurableRecord.Accepted> votesFrom(Zxid slot) {
        return tail.from(slot);
    }

    /** What this acceptor remembers for a slot that it does not know decided. */
    SlotAcceptor<byte[]> slot(Zxid slot) {
        DurableRecord.Accepted vote = tail.at(slot);
        return new SlotAcceptor<>(
                promised, vote == null ? null : new SlotAcceptor.Vote<>(new Ballot(vote.ballot()), vote.payload()));
    }

    /** Whether there is room for one more proposal. */
    boolean hasRoom() {
        return history.countAfter(delivered) + tail.count() < limits.inFlightEntriesMax()
                && history.bytesAfter(delivered) + tail.bytes() < limits.inFlightBytesMax();
    }

    /** The batch that the records emitted now go into. */
    long openBatch() {
        return effects.openBatch();
    }

    boolean isDurable(long batch) {
        return durability.isDurable(batch);
    }

    /** For how many ticks the oldest batch has not become durable; 0 when all are. */
    long stalledTicks() {
        return durability.stalledTicks();
    }

    // ---- the acceptor

    /** Promises to accept nothing of a lower ballot. */
    void promise(Ballot ballot) {
        Invariant.check(ballot.isAbove(promised), "ballot %s is not above %s, which is promised", ballot, promised);
        promised = ballot;
        persist(new DurableRecord.Promised(ballot.number()));
    }

    /** Values of that ballot are accepted from here on in slot order, beginning after the history. */
    void beginRun(Ballot ballot) {
        Invariant.check(ballot.equals(promised), "a run of %s, but %s is promised", ballot, promised);
        run = ballot;
        runEnd = decided();
    }

    /** Every slot up to there is decided, or its value is of the run's ballot. */
    Zxid runEnd() {
        return runEnd;
    }

    /** As {@link #runEnd}, and durable here. */
    Zxid durableRunEnd() {
        Zxid first = durability.firstSlotNotDurable();
        return first == null || first.isAfter(runEnd) ? runEnd : AcceptedTail.previous(first);
    }

    /** The next slot's value, of the run's ballot. */
    void accept(Zxid slot, SlotAcceptor<byte[]> accepted) {
        SlotAcceptor.Vote<byte[]> vote = accepted.vote();
        if (vote == null || !vote.ballot().equals(run) || !run.equals(promised)) {
            throw new Invariant.Broken(
                    vote + " is accepted for " + slot + " in the run of " + run + ", promised is " + promised);
        }
        Invariant.check(slot.equals(AcceptedTail.next(runEnd)), "slot %s in a run that ends at %s", slot, runEnd);
        put(new DurableRecord.Accepted(vote.ballot().number(), slot, vote.value()));
        runEnd = slot;
    }

    private void put(DurableRecord.Accepted vote) {
        tail.put(vote);
        persist(vote);
        durability.written(vote.slot(), openBatch());
    }

    // ---- the learner

    /**
     * Values up to {@code last} are chosen. Only a value accepted of the ballot by which it was chosen may be taken for the
     * chosen one: an older vote may be for another.
     */
    void decide(Zxid last, Ballot ballot) {
        if (!last.isAfter(decided())) {
            return;
        }
        for (DurableRecord.Accepted vote : tail.upTo(last)) {
            Invariant.check(
                    vote.ballot() == ballot.number(),
                    "slot %s is decided by ballot %s, but accepted here is %s",
                    vote.slot(),
                    ballot,
                    vote);
        }
        List<Entry> entries = tail.chained(decided(), history.lastChain(), last);
        Invariant.check(entries != null, "decided up to %s, but not every slot has a value here", last);
        if (entries != null) {
            entries.forEach(history::append);
            undelivered.addAll(entries);
            tail.dropUpTo(last);
            deliver();
        }
    }

    /** Decided values of another peer: they belong at the end of the history, whatever was accepted here. */
    void learn(List<Entry> entries) {
        writeDecided();
        for (Entry entry : entries) {
            history.append(entry);
            persist(new DurableRecord.Append(entry));
            durability.written(entry.zxid(), openBatch());
            undelivered.add(entry);
        }
        decidedWritten = decided();
        tail.dropUpTo(decided());
        runEnd = Zxid.max(runEnd, decided());
        deliver();
    }

    /** Whether a fetched state is not durable, and so not in use, yet. */
    boolean isInstalling() {
        return durability.isInstalling();
    }

    /** A fetched state takes the place of the history; what was accepted after it stays. One batch. */
    void install(State state) {
        Invariant.check(state.zxid().isAfter(decided()), "a state at %s, decided is %s", state.zxid(), decided());
        long batch = openBatch();
        history.restartAt(state.zxid(), state.chain());
        tail.dropUpTo(state.zxid());
        undelivered.clear();
        durability.forgetSlots();
        persist(new DurableRecord.StateInstalled(state.file(), state.zxid(), state.chain(), state.digest()));
        // The record voids what the journal held before, and an acceptor must not forget a vote.
        tail.all().forEach(this::put);
        durability.installs(batch, state);
        decidedWritten = decided();
        run = Ballot.NONE;
        runEnd = decided();
        Invariant.check(openBatch() == batch, "a state was split over batches %d and %d", batch, openBatch());
    }

    /** Values after {@code position}: decided ones, then those of the run. Null when history has forgotten that place. */
    @Nullable List<Value> valuesAfter(Zxid position, long bytesMax) {
        if (decided().isAfter(position)) {
            if (history.chainAt(position).isEmpty()) {
                return null;
            }
            return history.after(position, bytesMax).stream()
                    .map(entry -> new Value(entry.zxid(), entry.payload(), entry.size()))
                    .toList();
        }
        List<Value> values = new ArrayList<>();
        long bytes = 0;
        for (Zxid slot = AcceptedTail.next(position); !slot.isAfter(runEnd); slot = AcceptedTail.next(slot)) {
            DurableRecord.Accepted vote = tail.at(slot);
            Invariant.check(vote != null, "slot %s of the run up to %s has no value", slot, runEnd);
            if (vote == null) {
                break;
            }
            bytes += vote.size();
            if (bytes > bytesMax && !values.isEmpty()) {
                break;
            }
            values.add(new Value(slot, vote.payload(), vote.size()));
        }
        return values;
    }

    /** @param size rough bytes on the wire */
    record Value(Zxid slot, byte[] payload, int size) {}

    /** At the end of a drain that writes anyway, the journal learns what is decided: a start executes so much more. */
    void writeDecidedWithRest() {
        if (durability.lastWritten() == openBatch()) {
            writeDecided();
        }
    }

    private void writeDecided() {
        if (decided().isAfter(decidedWritten)) {
            decidedWritten = decided();
            persist(new DurableRecord.Decided(decided(), history.lastChain()));
        }
    }

    void mark(DurableRecord.MembershipMark mark) {
        persist(mark);
    }

    private void persist(DurableRecord record) {
        long batch = openBatch();
        Invariant.check(!isDurable(batch), "batch %d is open and was reported durable", batch);
        effects.emit(new Effect.Persist(record));
        durability.written(batch);
    }

    /** That batch and all before it are durable. */
    void persisted(long batch) {
        durability.persisted(batch);
        for (State state = durability.nextInstall(); state != null; state = durability.nextInstall()) {
            effects.emit(new Effect.InstallState(state.transfer(), state.file(), state.zxid(), state.digest()));
            delivered = state.zxid();
            deliveredChain = state.chain();
            retention.stateInstalled(state.zxid());
        }
        deliver();
    }

    boolean hasMoreToDeliver() {
        return !durability.isInstalling()
                && !undelivered.isEmpty()
                && durability.isSlotDurable(undelivered.getFirst().zxid());
    }

    /** What an earlier drain left is delivered as far as this one's share goes; the next one has its own. */
    void endOfDrain() {
        deliver();
        share.renew();
        retention.delivered(delivered);
    }

    /** Hands over, in slot order, what is decided and durable here, and nothing else; no more than a drain's share. */
    void deliver() {
        while (!share.isUsedUp() && hasMoreToDeliver()) {
            Entry entry = undelivered.removeFirst();
            share.take(entry);
            Invariant.check(entry.isChainedTo(delivered, deliveredChain), "%s does not continue %s", entry, delivered);
            delivered = entry.zxid();
            deliveredChain = entry.chain();
            effects.emit(new Effect.Deliver(entry));
        }
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
