package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Algorithm;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.journal.FaultyFiles;
import io.fluxkeeper.core.journal.JournalBatch;
import io.fluxkeeper.core.journal.JournalSettings;
import io.fluxkeeper.core.replica.PeerRecovery;
import io.fluxkeeper.core.replica.PeerRecovery.Recovered;
import io.fluxkeeper.core.session.EnsembleSettings;
import io.fluxkeeper.core.simulation.DamageTally.Kind;
import io.fluxkeeper.core.simulation.check.Disk;
import io.fluxkeeper.core.simulation.check.Violation;
import io.fluxkeeper.core.store.VersionedStateFiles;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a peer has on disk: the production journal and recovery on files in memory that lose, tear and flip, and state
 * files with versions. Beside them it keeps what is really durable, for the checkers.
 */
final class SimulatedDisk implements Disk {
    private final PeerId self;
    private final Algorithm algorithm;
    private final JournalSettings settings;
    /** Told of what was accepted, once it is durable. */
    private final Consumer<DurableRecord.Accepted> acceptances;

    private final EnsembleSettings founding;
    private FaultyFiles files = new FaultyFiles();
    private VersionedStateFiles states = new VersionedStateFiles();
    private Recovered open;
    private boolean failed;
    /** Nobody knows whether the last write, of a truncation or of a state in place of the history, got through. */
    private boolean rewriting;

    private boolean voteLost;

    private final TreeMap<Zxid, Long> chains = new TreeMap<>();
    /** The last vote for each slot; it stays there when the slot is decided. */
    private final TreeMap<Zxid, DurableRecord.Accepted> votes = new TreeMap<>();

    /** What there was when this peer lost its vote. */
    private TreeMap<Zxid, Long> lostChains = new TreeMap<>();

    private TreeMap<Zxid, DurableRecord.Accepted> lostVotes = new TreeMap<>();
    private final Set<Zxid> everDurable = new HashSet<>();
    private Zxid base = Zxid.ZERO;
    private long acceptedEpoch;
    private long currentEpoch;
    private Membership membership = Membership.NONE;

    SimulatedDisk(
            PeerId self,
            Algorithm algorithm,
            int segmentBytes,
            EnsembleSettings founding,
            Consumer<DurableRecord.Accepted> acceptances) {
        this.self = self;
        this.algorithm = algorithm;
        this.founding = founding;
        this.acceptances = acceptances;
        this.settings = new JournalSettings(segmentBytes, 1_024);
    }

    /** Recovers as a process does. @throws DataDirectoryException if an operator has to do something */
    Recovered start() throws IOException {
        open = PeerRecovery.start(
                files, states, new PeerRecovery.Options(self, algorithm, founding, false, false, settings));
        failed = false;
        RecoveredLog log = open.log();
        boolean votesOn = membership == Membership.FOUNDED && log.membership() == Membership.FOUNDED;
        TreeMap<Zxid, Long> chainsBefore = new TreeMap<>(chains);
        TreeMap<Zxid, DurableRecord.Accepted> votesBefore = new TreeMap<>(votes);
        voteLost = membership == Membership.FOUNDED && log.membership() != Membership.FOUNDED;
        if (voteLost) {
            lostChains = new TreeMap<>(chains);
            lostVotes = new TreeMap<>(votes);
        }
        chains.clear();
        votes.clear();
        everDurable.clear();
        base = log.base();
        log.entries().forEach(this::append);
        log.accepted().forEach(this::keep);
        if (votesOn) {
            requireKept(log, chainsBefore, votesBefore);
        }
        rewriting = false;
        acceptedEpoch = log.acceptedEpoch();
        currentEpoch = log.currentEpoch();
        membership = log.membership();
        return open;
    }

    /** Whether the last start took its vote from it. */
    boolean voteLost() {
        return voteLost;
    }

    /** Who goes on voting has all that was durable; who has not must say so, and votes no more. */
    private void requireKept(
            RecoveredLog log, TreeMap<Zxid, Long> chainsBefore, TreeMap<Zxid, DurableRecord.Accepted> votesBefore) {
        if (log.acceptedEpoch() < acceptedEpoch || log.currentEpoch() < currentEpoch) {
            throw new Violation(
                    "durable is kept",
                    "%s votes on after it forgot what it promised or joined: %s and %s",
                    self,
                    acceptedEpoch,
                    currentEpoch);
        }
        if (rewriting) {
            return;
        }
        chainsBefore.tailMap(base, false).forEach((zxid, chain) -> {
            if (!chain.equals(chains.get(zxid)) && !votes.containsKey(zxid)) {
                throw new Violation("durable is kept", "%s votes on without %s", self, zxid);
            }
        });
        requireVotes(votesBefore);
    }

    private void requireVotes(TreeMap<Zxid, DurableRecord.Accepted> before) {
        before.tailMap(base, false).forEach((slot, vote) -> {
            if (!hasAccepted(slot, vote.ballot())) {
                throw new Violation("durable is kept", "%s goes on without its vote for %s", self, slot);
            }
        });
    }

    VersionedStateFiles states() {
        return states;
    }

    FaultyFiles files() {
        return files;
    }

    void append(List<JournalBatch> batches) throws IOException {
        failed = true; // until it got through
        rewriting = batches.stream().flatMap(batch -> batch.records().stream()).anyMatch(SimulatedDisk::isRewriting);
        open.journal().append(batches);
        rewriting = false;
        failed = false;
        for (JournalBatch batch : batches) {
            durable(batch.records());
        }
    }

    void idle(Zxid committed) throws IOException {
        failed = true;
        open.journal().idle(committed);
        failed = false;
    }

    void trim(Zxid zxid) throws IOException {
        failed = true;
        open.journal().trim(zxid);
        failed = false;
    }

    /** An orderly end. */
    void close(Zxid committed) throws IOException {
        idle(committed);
        failed = true; // nobody writes to it any more
        open.journal().close();
        files.die();
    }

    /** The process dies while these batches are written: some of it is done. */
    void dieWriting(List<JournalBatch> batches, SplittableRandom random) {
        if (failed) {
            return; // nobody writes to it any more
        }
        files.failForce(1 + random.nextInt(3));
        rewriting = batches.stream().flatMap(batch -> batch.records().stream()).anyMatch(SimulatedDisk::isRewriting);
        try {
            open.journal().append(batches);
        } catch (IOException expected) {
            return;
        }
    }

    /** @param power whether the machine loses power, and with it what was not synced */
    void crash(boolean power, SplittableRandom random) {
        if (power) {
            files.crash(random);
        } else {
            files.die();
        }
        states.crash(random);
    }

    void wipe() {
        files = new FaultyFiles();
        states = new VersionedStateFiles();
    }

    private static boolean isRewriting(DurableRecord record) {
        return record instanceof DurableRecord.TruncateAfter || record instanceof DurableRecord.StateInstalled;
    }

    /**
     * What was done to a disk.
     *
     * @param kind null when nothing was there to be damaged
     */
    record Damage(DamageTally.@Nullable Kind kind, String what) {
        private static final Damage SPARED = new Damage(null, "is spared");
    }

    /** Of a disk that nobody uses now. */
    Damage damage(SplittableRandom random) throws IOException {
        int kind = 1 + random.nextInt(5);
        List<String> names = files.list();
        if (random.nextInt(3) == 0 || names.isEmpty()) {
            wipe();
            return new Damage(Kind.LOST_DIRECTORY, "loses its directory");
        }
        if (kind == 1) {
            List<String> stateNames = states.names();
            String file = stateNames.get(random.nextInt(stateNames.size()));
            VersionedStateFiles.Damage[] ways = VersionedStateFiles.Damage.values();
            VersionedStateFiles.Damage way = ways[random.nextInt(ways.length)];
            return states.damage(file, way, random) ? new Damage(kindOf(way), file + ": " + way) : Damage.SPARED;
        }
        String name = names.get(random.nextInt(names.size()));
        int size = usedBytes(name);
        if (size == 0) {
            return Damage.SPARED;
        }
        int position = random.nextInt(size);
        if (kind == 2) {
            files.cut(name, position);
            return new Damage(Kind.CUT, name + " is cut at " + position);
        } else if (kind == 3) {
            files.zero(name, position & ~511, (position & ~511) + 512);
            return new Damage(Kind.ZEROED_BLOCK, name + " has zeros at " + (position & ~511));
        }
        files.flipBit(name, position, random.nextInt(8));
        return new Damage(Kind.BIT, name + " has a bit flipped at " + position);
    }

    private static Kind kindOf(VersionedStateFiles.Damage damage) {
        return switch (damage) {
            case FLIPPED_BIT -> Kind.BIT;
            case ZEROED_ROW -> Kind.ZEROED_BLOCK;
            case LOST_ROWS -> Kind.CUT;
            case UNREADABLE -> Kind.UNREADABLE_STATE;
        };
    }

    /** Without the zeros at the end. */
    private int usedBytes(String name) {
        byte[] bytes = files.bytes(name);
        int used = bytes.length;
        while (used > 0 && bytes[used - 1] == 0) {
            used--;
        }
        return used;
    }

    private void durable(List<DurableRecord> batch) {
        boolean installs = batch.stream().anyMatch(DurableRecord.StateInstalled.class::isInstance);
        TreeMap<Zxid, DurableRecord.Accepted> before = installs ? new TreeMap<>(votes) : new TreeMap<>();
        for (DurableRecord record : batch) {
            if (record instanceof DurableRecord.Accepted vote && isWrittenAgain(vote, before)) {
                keep(vote);
            } else {
                durable(record);
            }
        }
        requireVotes(before);
    }

    private void durable(DurableRecord record) {
        if (record instanceof DurableRecord.Epochs epochs) {
            acceptedEpoch = epochs.accepted();
            currentEpoch = epochs.current();
        } else if (record instanceof DurableRecord.Append append) {
            append(append.entry());
        } else if (record instanceof DurableRecord.TruncateAfter truncate) {
            chains.tailMap(truncate.last(), false).clear();
        } else if (record instanceof DurableRecord.StateInstalled installed) {
            chains.clear();
            votes.clear();
            base = installed.zxid();
        } else if (record instanceof DurableRecord.Promised promised) {
            acceptedEpoch = promised.ballot();
        } else if (record instanceof DurableRecord.Accepted vote) {
            keep(vote);
            acceptances.accept(vote);
        } else if (record instanceof DurableRecord.MembershipMark mark) {
            membership = mark.membership();
        }
    }

    /** A state that is installed voids all votes, so those behind it are written again, with it. */
    private static boolean isWrittenAgain(DurableRecord.Accepted vote, TreeMap<Zxid, DurableRecord.Accepted> before) {
        DurableRecord.Accepted held = before.get(vote.slot());
        return held != null && held.ballot() == vote.ballot() && Arrays.equals(held.payload(), vote.payload());
    }

    private void append(Entry entry) {
        chains.put(entry.zxid(), entry.chain());
        everDurable.add(entry.zxid());
    }

    private void keep(DurableRecord.Accepted vote) {
        votes.put(vote.slot(), vote);
        everDurable.add(vote.slot());
    }

    @Override
    public boolean holds(Entry entry) {
        Zxid zxid = entry.zxid();
        DurableRecord.Accepted vote = votes.get(zxid);
        if (chains.containsKey(zxid)) {
            return chains.get(zxid) == entry.chain();
        }
        return vote == null ? !zxid.isAfter(base) : Arrays.equals(vote.payload(), entry.payload());
    }

    @Override
    public boolean lost(Entry entry) {
        DurableRecord.Accepted vote = lostVotes.get(entry.zxid());
        return Objects.equals(lostChains.get(entry.zxid()), entry.chain())
                || vote != null && Arrays.equals(vote.payload(), entry.payload());
    }

    @Override
    public boolean hasAccepted(Zxid slot, long ballot) {
        DurableRecord.Accepted vote = votes.get(slot);
        return !slot.isAfter(base) || chains.containsKey(slot) || vote != null && vote.ballot() >= ballot;
    }

    @Override
    public boolean reaches(Zxid zxid) {
        return !zxid.isAfter(base) || everDurable.contains(zxid);
    }

    @Override
    public long acceptedEpoch() {
        return acceptedEpoch;
    }

    @Override
    public long currentEpoch() {
        return currentEpoch;
    }

    @Override
    public Membership membership() {
        return membership;
    }
}
