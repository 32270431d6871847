package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.Zxid;
import java.util.List;

/**
 * What a peer's disk says when it starts.
 *
 * @param membership FOUNDED peers vote; a damaged one arrives as LEARNER
 * @param ensembleId 0 with membership NONE
 * @param acceptedEpoch the paper's f.p; with Multi-Paxos the ballot promised
 * @param currentEpoch the paper's f.a
 * @param base where the entries begin: the last transaction before them
 * @param baseChain the chain at {@code base}
 * @param entries the rest of the history, in order and without a gap
 * @param applied the transaction the loaded state has applied; between base and the last entry
 * @param committed known committed when it was written; entries up to it may be executed at once
 * @param accepted Multi-Paxos: what this peer accepted after the end of the history, in slot order, perhaps with gaps
 * @param note in words, what recovery found that an operator should know; empty for nothing
 */
public record RecoveredLog(
        Membership membership,
        long ensembleId,
        long acceptedEpoch,
        long currentEpoch,
        Zxid base,
        long baseChain,
        List<Entry> entries,
        Zxid applied,
        Zxid committed,
        List<DurableRecord.Accepted> accepted,
        String note) {
    /** A disk with nothing on it. */
    public static final RecoveredLog EMPTY =
            new RecoveredLog(Membership.NONE, 0, 0, 0, Zxid.ZERO, ChainHash.EMPTY, List.of(), Zxid.ZERO, Zxid.ZERO, "");

    /** Of an algorithm whose history is all that there is. */
    public RecoveredLog(
            Membership membership,
            long ensembleId,
            long acceptedEpoch,
            long currentEpoch,
            Zxid base,
            long baseChain,
            List<Entry> entries,
            Zxid applied,
            Zxid committed,
            String note) {
        this(
                membership,
                ensembleId,
                acceptedEpoch,
                currentEpoch,
                base,
                baseChain,
                entries,
                applied,
                committed,
                List.of(),
                note);
    }

    public Zxid last() {
        return entries.isEmpty() ? base : entries.get(entries.size() - 1).zxid();
    }
}
