package io.fluxkeeper.core.journal;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DurableRecord;
import java.util.List;

/**
 * What becomes durable at once or not at all.
 *
 * @param number one higher than that of the batch before
 * @param committed the last transaction known committed when it was made: a restart executes no further than that
 * @param records in order
 */
public record JournalBatch(long number, Zxid committed, List<DurableRecord> records) {
    public JournalBatch {
        records = List.copyOf(records);
    }
}
