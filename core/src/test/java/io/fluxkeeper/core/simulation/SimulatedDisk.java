package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.consensus.ChainHash;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.journal.JournalBatch;
import io.fluxkeeper.core.replica.StateMachine;
import io.fluxkeeper.core.store.DamagedStateException;
import io.fluxkeeper.core.store.StateChange;
import io.fluxkeeper.core.store.StateDelta;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.StateTable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a peer has on disk and keeps through a crash: batches that were synced, and committed versions of the state. */
final class SimulatedDisk {
    private static final String FIRST_FILE = "state-0";

    /** One committed version: rows and what they are. Immutable once made. */
    record Version(StateMeta meta, Map<StateTable, TreeMap<String, byte[]>> rows) {
        static final Version EMPTY =
                new Version(new StateMeta(Zxid.ZERO, ChainHash.EMPTY, new StateMachine().digest()), Map.of());

        StateMachine load() {
            if (meta.applied().equals(Zxid.ZERO)) {
                return new StateMachine();
            }
            StateMachine.Loader loader = StateMachine.loader();
            for (StateTable table : StateTable.values()) {
                rows.getOrDefault(table, new TreeMap<>()).forEach((key, value) -> loader.accept(table, key, value));
            }
            try {
                return loader.finish(meta);
            } catch (DamagedStateException e) {
                throw new Violation("digest of the stored state", "%s", e.getMessage());
            }
        }
    }

    private final List<JournalBatch> batches = new ArrayList<>();
    private final Map<String, Version> files = new HashMap<>(Map.of(FIRST_FILE, Version.EMPTY));
    private String current = FIRST_FILE;
    private final List<StateDelta> folded = new ArrayList<>();
    private Zxid trimmed = Zxid.ZERO;
    private int nextFile = 1;

    void synced(List<JournalBatch> synced) {
        batches.addAll(synced);
    }

    long lastBatch() {
        return batches.isEmpty() ? 0 : batches.get(batches.size() - 1).number();
    }

    void fold(StateDelta delta) {
        folded.add(delta);
    }

    /** What was folded and not committed is gone with a crash. */
    void loseUncommitted() {
        folded.clear();
    }

    Version version() {
        Version version = files.get(current);
        if (version == null) {
            throw new Violation("state file", "%s is missing", current);
        }
        return version;
    }

    /** @return the zxid that is durable in the store now */
    Zxid commit() {
        if (folded.isEmpty()) {
            return version().meta().applied();
        }
        Map<StateTable, TreeMap<String, byte[]>> rows = new EnumMap<>(StateTable.class);
        for (StateTable table : StateTable.values()) {
            rows.put(table, new TreeMap<>(version().rows().getOrDefault(table, new TreeMap<>())));
        }
        for (StateDelta delta : folded) {
            for (StateChange change : delta.changes()) {
                TreeMap<String, byte[]> table = rows.get(change.table());
                if (change.value() == null) {
                    table.remove(change.key());
                } else {
                    BinaryWriter out = new BinaryWriter();
                    change.value().writeTo(out);
                    table.put(change.key(), out.toByteArray());
                }
            }
        }
        StateDelta last = folded.get(folded.size() - 1);
        files.put(current, new Version(new StateMeta(last.applied(), last.chain(), last.digest()), rows));
        folded.clear();
        return last.applied();
    }

    /** A fetched state in a file of its own, not in use yet. */
    String keep(Version version) {
        String file = "state-" + nextFile++;
        files.put(file, version);
        return file;
    }

    void delete(String file) {
        files.remove(file);
    }

    void install(String file) {
        folded.clear();
        current = file;
    }

    /** What the journal holds up to there is not needed. */
    void trim(Zxid zxid) {
        trimmed = zxid;
    }

    /** Reads everything back, as a start does. */
    RecoveredLog recover() {
        Membership membership = Membership.NONE;
        long ensembleId = 0;
        long accepted = 0;
        long currentEpoch = 0;
        Zxid base = Zxid.ZERO;
        long baseChain = ChainHash.EMPTY;
        Zxid committed = Zxid.ZERO;
        current = FIRST_FILE;
        TreeMap<Zxid, Entry> entries = new TreeMap<>();
        for (JournalBatch batch : batches) {
            committed = Zxid.max(committed, batch.committed());
            for (DurableRecord record : batch.records()) {
                if (record instanceof DurableRecord.Epochs epochs) {
                    accepted = epochs.accepted();
                    currentEpoch = epochs.current();
                } else if (record instanceof DurableRecord.Append append) {
                    entries.put(append.entry().zxid(), append.entry());
                } else if (record instanceof DurableRecord.TruncateAfter truncate) {
                    entries.tailMap(truncate.last(), false).clear();
                } else if (record instanceof DurableRecord.StateInstalled installed) {
                    entries.clear();
                    base = installed.zxid();
                    baseChain = installed.chain();
                    committed = Zxid.max(committed, installed.zxid());
                    current = installed.file();
                } else if (record instanceof DurableRecord.MembershipMark mark) {
                    membership = mark.membership();
                    ensembleId = mark.ensembleId();
                }
            }
        }
        Map.Entry<Zxid, Entry> lastTrimmed = entries.floorEntry(trimmed);
        if (lastTrimmed != null) {
            base = lastTrimmed.getKey();
            baseChain = lastTrimmed.getValue().chain();
            entries.headMap(base, true).clear();
        }
        Zxid applied = version().meta().applied();
        return new RecoveredLog(
                membership,
                ensembleId,
                accepted,
                currentEpoch,
                base,
                baseChain,
                List.copyOf(entries.values()),
                applied,
                Zxid.max(applied, committed),
                "");
    }
}
