package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.Zxid;
import java.util.ArrayDeque;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which batches, and so which slots and which fetched states, are on disk; and for how long the oldest has not been. */
final class PaxosDurability {
    private record Written(long batch, Zxid slot) {}

    private record Install(long batch, PaxosLog.State state) {}

    private record Mark(long batch, long tick) {}

    /** Batches not known durable, oldest first. */
    private final ArrayDeque<Mark> marks = new ArrayDeque<>();
    /** Records of slots in them, oldest first. */
    private final ArrayDeque<Written> written = new ArrayDeque<>();
    /** For each slot that has such a record, the batch of its last one. */
    private final TreeMap<Zxid, Long> waiting = new TreeMap<>();
    /** Fetched states whose record is not durable yet, oldest first. */
    private final ArrayDeque<Install> installs = new ArrayDeque<>();

    private long tick;
    private long durableBatch = -1;
    private long lastWritten = -1;

    void begin(long stepTick) {
        tick = stepTick;
    }

    /** Something goes into that batch. */
    void written(long batch) {
        lastWritten = batch;
        if (marks.isEmpty() || marks.getLast().batch() != batch) {
            marks.addLast(new Mark(batch, tick));
        }
    }

    /** What that slot holds goes into that batch. */
    void written(Zxid slot, long batch) {
        written.addLast(new Written(batch, slot));
        waiting.put(slot, batch);
    }

    /** That state takes the place of everything with that batch. */
    void installs(long batch, PaxosLog.State state) {
        installs.addLast(new Install(batch, state));
    }

    /** Slots written so far are not waited for any more. */
    void forgetSlots() {
        written.clear();
        waiting.clear();
    }

    /** That batch and all before it are durable. */
    void persisted(long batch) {
        durableBatch = Math.max(durableBatch, batch);
        while (!marks.isEmpty() && marks.getFirst().batch() <= batch) {
            marks.removeFirst();
        }
        while (!written.isEmpty() && written.getFirst().batch() <= batch) {
            Written record = written.removeFirst();
            waiting.remove(record.slot(), record.batch());
        }
    }

    boolean isDurable(long batch) {
        return batch <= durableBatch;
    }

    /** The batch that was written to last; -1 before the first. */
    long lastWritten() {
        return lastWritten;
    }

    /** Null when all are. */
    @Nullable Zxid firstSlotNotDurable() {
        return waiting.isEmpty() ? null : waiting.firstKey();
    }

    boolean isSlotDurable(Zxid slot) {
        return !waiting.containsKey(slot);
    }

    boolean isInstalling() {
        return !installs.isEmpty();
    }

    /** The oldest state that has become durable, once; null when there is none. */
    PaxosLog.@Nullable State nextInstall() {
        return !installs.isEmpty() && isDurable(installs.getFirst().batch())
                ? installs.removeFirst().state()
                : null;
    }

    long stalledTicks() {
        return marks.isEmpty() ? 0 : tick - marks.getFirst().tick();
    }
}
