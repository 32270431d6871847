package io.fluxkeeper.core.journal;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AcceptedTail;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Entry;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the segment files hold, read and verified; nothing has been changed yet.
 *
 * @param state in force after the last readable batch
 * @param base the last transaction before the entries
 * @param baseChain the chain at {@code base}
 * @param entries in order, without a gap, chained from {@code base}
 * @param accepted of Multi-Paxos, after the entries, in slot order
 * @param beforeBase of Multi-Paxos: decided values up to the base, without a gap at their end
 * @param runs of readable batches without a number left out: the first of each, and its last. Numbers are left out where
 *     damage took batches
 * @param lastNumber the last readable batch; 0 for none
 * @param lastCrc its CRC
 * @param durable the last batch that some readable header, also behind {@code lastNumber}, calls fsynced
 * @param highestNumber no batch and no file has a higher number
 * @param segments those that count, in order
 * @param voidFiles segment files that hold nothing that counts
 * @param lastSegmentBytes where the last of {@code segments} ends; what follows is void
 */
record JournalContents(
        HardState state,
        Zxid base,
        long baseChain,
        List<Entry> entries,
        List<DurableRecord.Accepted> accepted,
        AcceptedTail beforeBase,
        TreeMap<Long, Long> runs,
        long lastNumber,
        int lastCrc,
        long durable,
        long highestNumber,
        List<Segment> segments,
        List<String> voidFiles,
        long lastSegmentBytes) {
    /** Whether that batch is readable. */
    boolean holds(long number) {
        Map.Entry<Long, Long> run = runs.floorEntry(number);
        return run != null && number <= run.getValue();
    }

    boolean isEmpty() {
        return segments.isEmpty() && voidFiles.isEmpty();
    }
}
