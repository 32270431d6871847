package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.ChainHash;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.RecoveredLog;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * I4 and I5: all peers hand over the same entries in the same order, without a gap; numbers are contiguous within an
 * epoch. What was handed over first anywhere goes to the model.
 */
public final class CommittedLog implements Checker {
    /** Told of each entry that nobody had handed over before. */
    public interface First {
        void delivered(Entry entry);
    }

    private final TreeMap<Zxid, Entry> entries = new TreeMap<>();
    private final Map<PeerId, Zxid> positions = new HashMap<>();
    private final First first;

    public CommittedLog(First first) {
        this.first = first;
    }

    @Override
    public void started(PeerId peer, RecoveredLog log) {
        for (Entry entry : log.entries()) {
            if (!entry.zxid().isAfter(log.applied())) {
                agree(peer, entry);
            }
        }
        positions.put(peer, log.applied());
    }

    @Override
    public void installed(PeerId peer, Zxid zxid) {
        if (positions.get(peer).isAfter(zxid)) {
            throw new Violation("delivered prefix", "%s goes back from %s to %s", peer, positions.get(peer), zxid);
        }
        positions.put(peer, zxid);
    }

    @Override
    public void delivered(PeerId peer, Entry entry) {
        Zxid before = positions.put(peer, entry.zxid());
        if (!entry.previous().equals(before)) {
            throw new Violation("delivered prefix", "%s hands over %s after %s", peer, entry, before);
        }
        agree(peer, entry);
    }

    private void agree(PeerId peer, Entry entry) {
        Entry known = entries.get(entry.zxid());
        if (known != null) {
            if (known.chain() != entry.chain()) {
                throw new Violation("delivered prefix", "%s hands over another entry at %s", peer, entry);
            }
            return;
        }
        Zxid last = entries.isEmpty() ? Zxid.ZERO : entries.lastKey();
        long chain = entries.isEmpty()
                ? ChainHash.EMPTY
                : entries.lastEntry().getValue().chain();
        if (!entry.isChainedTo(last, chain)) {
            throw new Violation("delivered prefix", "%s hands over %s, others end at %s", peer, entry, last);
        }
        if (!entry.zxid().follows(last)) {
            throw new Violation("contiguous zxids", "%s comes after %s", entry, last);
        }
        entries.put(entry.zxid(), entry);
        first.delivered(entry);
    }
}
