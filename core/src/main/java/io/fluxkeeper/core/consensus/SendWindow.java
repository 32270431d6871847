package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.Zxid;
import java.util.ArrayDeque;

/**
 * What was sent to one follower and is not known to have arrived. Counted here, because the history may have forgotten
 * it by now.
 */
public final class SendWindow {
    private final ArrayDeque<Sent> inFlight = new ArrayDeque<>();
    private long bytes;

    private record Sent(Zxid zxid, int bytes) {}

    public void sent(Zxid zxid, int size) {
        inFlight.add(new Sent(zxid, size));
        bytes += size;
    }

    /** Everything up to there has arrived. */
    public void arrived(Zxid zxid) {
        while (!inFlight.isEmpty() && !inFlight.getFirst().zxid().isAfter(zxid)) {
            bytes -= inFlight.removeFirst().bytes();
        }
    }

    public long bytes() {
        return bytes;
    }

    public void clear() {
        inFlight.clear();
        bytes = 0;
    }
}
