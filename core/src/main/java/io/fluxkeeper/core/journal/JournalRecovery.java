package io.fluxkeeper.core.journal;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AcceptedTail;
import io.fluxkeeper.core.consensus.Algorithm;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Membership;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the journal says when a peer starts, judged: a torn tail is cut in silence, damage of what was acknowledged
 * makes a learner of the peer. Reads only; {@link FileJournal#start} then writes the outcome down.
 */
public final class JournalRecovery {
    private final FileSystemPort files;
    private final PeerId self;
    private final boolean alone;
    private final boolean acceptLoss;
    private final JournalContents contents;
    private final List<Sidecar.Slot> slots;
    /** As read, and what {@link #decideUpTo} adds. */
    private final List<Entry> entries;

    private final AcceptedTail accepted = new AcceptedTail();
    private Zxid base;
    private long baseChain;
    private HardState state;
    private boolean reset;
    private String note = "";

    private JournalRecovery(FileSystemPort files, PeerId self, boolean alone, boolean acceptLoss) throws IOException {
        this.files = files;
        this.self = self;
        this.alone = alone;
        this.acceptLoss = acceptLoss;
        this.slots = Sidecar.read(files, self);
        this.contents = JournalReader.read(files, self);
        this.state = contents.state();
        this.base = contents.base();
        this.baseChain = contents.baseChain();
        this.entries = new ArrayList<>(contents.entries());
        contents.accepted().forEach(accepted::put);
    }

    /**
     * Reads the journal of a data directory.
     *
     * @param self whose journal it must be
     * @param alone the ensemble has one peer, so nobody can heal it
     * @param acceptLoss the operator has said to go on with what is left
     * @throws DataDirectoryException if the peer must not start on it
     */
    public static JournalRecovery read(FileSystemPort files, PeerId self, boolean alone, boolean acceptLoss)
            throws IOException {
        JournalRecovery recovery = new JournalRecovery(files, self, alone, acceptLoss);
        if (!acceptLoss) {
            recovery.refuseMissingPart();
        }
        recovery.refuseMixedEnsembles();
        recovery.addCommittedOfSlots();
        recovery.decideUpTo(recovery.state.committed());
        String damage = recovery.damage();
        if (damage != null) {
            recovery.judge(damage);
        } else if (acceptLoss && recovery.membership() == Membership.LEARNER) {
            recovery.loseVote("This peer had lost its vote");
        }
        return recovery;
    }

    /** Whether nothing was there at all. */
    public boolean isNew() {
        return contents.isEmpty() && slots.isEmpty();
    }

    public Membership membership() {
        return state.membership();
    }

    public long ensembleId() {
        return state.ensembleId();
    }

    public long acceptedEpoch() {
        return state.accepted();
    }

    public long currentEpoch() {
        return state.current();
    }

    /** The last transaction before {@link #entries}. */
    public Zxid base() {
        return reset ? state.last() : base;
    }

    public long baseChain() {
        return reset ? state.chain() : baseChain;
    }

    /** Lets the history begin at a durable state before {@link #base}, if decided values lead from there to it. */
    public void reachBack(Zxid applied, long chain) {
        List<Entry> between = contents.beforeBase().chained(applied, chain, base);
        if (!reset && between != null && leadsTo(baseChain, between)) {
            entries.addAll(0, between);
            base = applied;
            baseChain = chain;
        }
    }

    public List<Entry> entries() {
        return reset ? List.of() : List.copyOf(entries);
    }

    /** Of Multi-Paxos: what was accepted after the entries, in slot order, perhaps with gaps. */
    public List<DurableRecord.Accepted> accepted() {
        return reset ? List.of() : accepted.all();
    }

    /** Which algorithm wrote it: Zab has a current epoch as soon as it has a history, Multi-Paxos never. */
    @Nullable Algorithm writtenBy() {
        if (state.current() > 0) {
            return Algorithm.ZAB;
        }
        return state.last().equals(Zxid.ZERO) && accepted.isEmpty() ? null : Algorithm.MULTI_PAXOS;
    }

    /**
     * What was accepted up to {@code known} is known decided, though no record says so: it joins the entries, as far as it
     * is there.
     */
    private void decideUpTo(Zxid known) {
        Zxid end = Zxid.min(known, accepted.contiguousAfter(last()));
        takeDecided(end, accepted.chained(last(), state.chain(), end));
    }

    /**
     * Likewise for what a state that was made durable has applied.
     *
     * @return false when it is not there, or another chain leads to it; then nothing has changed
     */
    public boolean decide(Zxid applied, long chain) {
        List<Entry> decided = accepted.chained(last(), state.chain(), applied);
        if (decided == null || !leadsTo(chain, decided)) {
            return false;
        }
        takeDecided(applied, decided);
        return true;
    }

    private static boolean leadsTo(long chain, List<Entry> entries) {
        return !entries.isEmpty() && entries.get(entries.size() - 1).chain() == chain;
    }

    private void takeDecided(Zxid end, @Nullable List<Entry> decided) {
        if (decided != null && !decided.isEmpty()) {
            entries.addAll(decided);
            accepted.dropUpTo(end);
            state = state.at(end, decided.get(decided.size() - 1).chain(), true);
        }
    }

    public Zxid last() {
        return state.last();
    }

    public Zxid committed() {
        return Zxid.min(state.committed(), state.last());
    }

    /** The state file that counts; empty for a new directory, or when that was lost with the journal. */
    public String stateFile() {
        return state.stateFile();
    }

    /** In words, what was found and done about it; empty for nothing. */
    public String note() {
        return note;
    }

    /** What {@link FileJournal#start} is to begin with. */
    HardState state() {
        return state.withCommitted(committed());
    }

    boolean reset() {
        return reset;
    }

    JournalContents contents() {
        return contents;
    }

    Sidecar.@Nullable Slot newestSlot() {
        return slots.isEmpty() ? null : slots.get(0);
    }

    /** No batch that was ever written, as far as anything says, has a higher number. */
    long highestNumber() {
        long highest = contents.highestNumber();
        for (Sidecar.Slot slot : slots) {
            highest = Math.max(highest, slot.lastBatch());
        }
        return highest;
    }

    PeerId self() {
        return self;
    }

    /** From now on this state file counts; what it holds is at the base, or an entry after it. */
    public void useStateFile(String file) {
        state = state.withStateFile(file);
    }

    /** The state is rebuilt from the journal alone: nothing is lost. */
    public void rebuildState(String newStateFile, String why) {
        useStateFile(newStateFile);
        note(why + ": rebuilt from the journal, which is complete.");
    }

    /** The journal's entries are void, and history begins at the state in {@code stateFile}. */
    public void restartAt(String stateFile, Zxid last, long chain) {
        reset = true;
        state = state.withStateFile(stateFile).at(last, chain, true);
    }

    /**
     * The peer has lost something it acknowledged: it is a learner until it has healed.
     *
     * @param why a clause without a full stop, for the operator
     * @throws DataDirectoryException if nobody could heal it
     */
    public void loseVote(String why) throws DataDirectoryException {
        if (state.membership() == Membership.NONE) {
            note(why + ".");
        } else if (acceptLoss) {
            state = state.with(Membership.FOUNDED, state.ensembleId());
            note(why + ": going on with what is left, as --accept-loss says; acknowledged writes may be lost.");
        } else if (alone) {
            throw new DataDirectoryException(why + " (data directory " + files.location()
                    + "): restore a backup, or start once with --accept-loss to go on with what is left.");
        } else {
            state = state.with(Membership.LEARNER, state.ensembleId());
            note(why + ": this peer does not vote until it has healed from the others.");
        }
    }

    /** @throws DataDirectoryException if it was the one of a founded peer, unless loss is accepted */
    public void refuseMissingStateFile() throws DataDirectoryException {
        if (state.membership() == Membership.FOUNDED && !acceptLoss) {
            throw missing(state.stateFile());
        }
    }

    private void refuseMissingPart() throws IOException {
        boolean foundedBySlot = slots.stream().anyMatch(slot -> slot.state().membership() == Membership.FOUNDED);
        if (contents.isEmpty() && foundedBySlot) {
            throw missing("the journal (" + Segment.PREFIX + "*" + Segment.SUFFIX + ")");
        }
        if (contents.state().membership() == Membership.FOUNDED && !Sidecar.exists(files)) {
            throw missing(Sidecar.NAME);
        }
    }

    private void refuseMixedEnsembles() throws IOException {
        long ofJournal = contents.state().ensembleId();
        for (Sidecar.Slot slot : slots) {
            long ofSlot = slot.state().ensembleId();
            if (ofJournal != 0 && ofSlot != 0 && ofJournal != ofSlot) {
                throw new DataDirectoryException("The data directory " + files.location()
                        + " holds a journal of ensemble " + ofJournal + " and a " + Sidecar.NAME + " of ensemble "
                        + ofSlot + ": restore the files that belong together.");
            }
        }
    }

    private DataDirectoryException missing(String part) {
        return new DataDirectoryException("The data directory " + files.location() + " of a founded peer lacks " + part
                + ": restore it,"
                + (alone ? "" : " or empty the directory so that the peer comes back as a learner,")
                + " or start once with --accept-loss.");
    }

    /**
     * An idle peer writes the committed position to the sidecar alone. A slot of a batch that damage took speaks of a
     * history that is not here: what this one has at such a position may never have been decided.
     */
    private void addCommittedOfSlots() {
        for (Sidecar.Slot slot : slots) {
            if (contents.holds(slot.lastBatch())) {
                state = state.withCommitted(
                        Zxid.max(state.committed(), slot.state().committed()));
            }
        }
    }

    /** Null when every batch that was ever fsynced is readable. */
    private @Nullable String damage() throws IOException {
        long last = contents.lastNumber();
        long durable = contents.durable();
        for (Sidecar.Slot slot : slots) {
            durable = Math.max(durable, slot.lastBatch());
        }
        if (durable > last) {
            return "Batch " + (last + 1) + " of the journal cannot be read, and batches up to " + durable
                    + " were acknowledged";
        }
        if (slots.isEmpty() && contents.state().membership() == Membership.FOUNDED && Sidecar.exists(files)) {
            return "Both slots of " + Sidecar.NAME + " are damaged, so nobody knows how long the journal was";
        }
        for (Sidecar.Slot slot : slots) {
            if (slot.lastBatch() == last && disagrees(slot.state())) {
                return "The journal and " + Sidecar.NAME + " disagree about batch " + last;
            }
        }
        return null;
    }

    private boolean disagrees(HardState slot) {
        HardState journal = contents.state();
        return !slot.last().equals(journal.last())
                || (slot.chainKnown() && slot.chain() != journal.chain())
                || slot.accepted() != journal.accepted()
                || slot.current() != journal.current()
                || slot.membership() != journal.membership();
    }

    private void judge(String damage) throws DataDirectoryException {
        // A promise that only the sidecar still knows is kept.
        for (Sidecar.Slot slot : slots) {
            HardState known = slot.state();
            state = state.withEpochsAtLeast(known.accepted(), known.current());
            if (state.ensembleId() == 0) {
                state = state.with(known.membership(), known.ensembleId());
            }
        }
        loseVote(damage);
    }

    /** Tells the operator, too. */
    public void note(String sentence) {
        note = note.isEmpty() ? sentence : note + " " + sentence;
    }
}
